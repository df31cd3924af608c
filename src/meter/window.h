/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How much was sent in the last 60 minutes and the last 24 hours, rolling. The hour is exact to the
 * second. Behind it events are kept by the minute: there one may count up to 59 s longer than 24
 * hours, never shorter. Knows no clock: each call says what time it is. Pure.
 */

#include "util/macro.h"

typedef enum WindowLength {
        WINDOW_HOUR,
        WINDOW_DAY,
        _WINDOW_LENGTH_MAX,
} WindowLength;

/* An event counts for the whole of the second that is so much after its own. */
#define WINDOW_HOUR_SEC ((int64_t) 3600)
#define WINDOW_DAY_SEC  ((int64_t) 86400)

typedef struct WindowEvent {
        uint32_t time_sec; /* since 1970, up to 2106 */
        uint32_t count;
} WindowEvent;

/* The oldest first. Of a million subjects most have one event: that needs no memory of its own. */
typedef struct WindowRing {
        union {
                WindowEvent *items; /* owned; a ring */
                WindowEvent only;   /* if .allocated is 0 */
        };
        uint32_t first;
        uint32_t count;
        uint32_t allocated; /* a power of two, or 0 */
} WindowRing;

/* Begins as {}. */
typedef struct Window {
        WindowRing hour;
        WindowRing day; /* what is older than the hour */
        uint64_t hour_sum;
        uint64_t day_sum; /* without the hour's */
} Window;

void window_done(Window *window);

/*
 * Count an event of that time, which may be before others that were counted already, or long ago,
 * or (the clock was put back) to come: then it is taken for one of now. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int window_add(Window *window, int64_t time_sec, uint32_t count, int64_t now_sec);

/* Let go what is too old, and put events that are to come at now. */
void window_advance(Window *window, int64_t now_sec);

/* Let go of all that was up to then. */
void window_forget(Window *window, int64_t until_sec);

/* What counts; as of the last call that said the time. */
uint64_t window_sum(const Window *window, WindowLength length);
bool window_is_empty(const Window *window);

/* All that counts in the day, the oldest first. */
typedef void (*WindowReader)(WindowEvent event, void *userdata);
void window_read(const Window *window, WindowReader reader, void *userdata);

/* When no more than `room` of it will count any more, if nothing is added: a time after now, or
 * now.
 */
int64_t window_time_below(
                const Window *window, WindowLength length, uint64_t room, int64_t now_sec);
