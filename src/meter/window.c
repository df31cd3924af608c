/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meter/window.h"

#define MINUTE_SEC 60

static const WindowEvent *ring_look(const WindowRing *ring, uint32_t i) {
        if (ring->allocated == 0)
                return &ring->only;
        return &ring->items[(ring->first + i) & (ring->allocated - 1)];
}

static WindowEvent *ring_at(WindowRing *ring, uint32_t i) {
        return (WindowEvent *) ring_look(ring, i);
}

static void ring_drop_first(WindowRing *ring) {
        if (ring->allocated > 0)
                ring->first = (ring->first + 1) & (ring->allocated - 1);
        ring->count--;
}

static void ring_done(WindowRing *ring) {
        if (ring->allocated > 0)
                free(ring->items);
}

static int ring_grow(WindowRing *ring) {
        uint32_t allocated = ring->allocated > 0 ? 2 * ring->allocated : 2;
        WindowEvent *items = NULL;

        items = reallocarray(NULL, allocated, sizeof(*items));
        if (!items)
                return -ENOMEM;

        for (uint32_t i = 0; i < ring->count; i++)
                items[i] = *ring_at(ring, i);
        ring_done(ring);
        ring->items = items;
        ring->first = 0;
        ring->allocated = allocated;
        return 0;
}

/* In order of time. Nearly always at the end. */
static int ring_insert(WindowRing *ring, uint32_t position, WindowEvent event) {
        int r;

        if (ring->count == MAX_OF(ring->allocated, 1U)) {
                r = ring_grow(ring);
                if (r < 0)
                        return r;
        }

        ring->count++;
        for (uint32_t i = ring->count - 1; i > position; i--)
                *ring_at(ring, i) = *ring_at(ring, i - 1);
        *ring_at(ring, position) = event;
        return 0;
}

/*
 * Add to the event of the same second (the same minute, if `unit_sec` is that), which then has the
 * later of the two times; or insert one.
 */
static int ring_add(WindowRing *ring, WindowEvent event, uint32_t unit_sec) {
        uint32_t position = ring->count;

        while (position > 0 &&
               ring_at(ring, position - 1)->time_sec / unit_sec > event.time_sec / unit_sec)
                position--;

        if (position > 0) {
                WindowEvent *before = ring_at(ring, position - 1);

                if (before->time_sec / unit_sec == event.time_sec / unit_sec &&
                    before->count <= UINT32_MAX - event.count) {
                        before->count += event.count;
                        before->time_sec = MAX_OF(before->time_sec, event.time_sec);
                        return 0;
                }
        }

        return ring_insert(ring, position, event);
}

void window_done(Window *window) {
        if (!window)
                return;

        ring_done(&window->hour);
        ring_done(&window->day);
        *window = (Window){};
}

static int add_to_day(Window *window, WindowEvent event) {
        int r;

        r = ring_add(&window->day, event, MINUTE_SEC);
        if (r >= 0)
                window->day_sum += event.count;
        return r;
}

/* The clock was put back: nothing can be to come, and nobody shall wait for years. */
static void bring_back(WindowRing *ring, int64_t now_sec) {
        for (uint32_t i = ring->count; i > 0; i--) {
                WindowEvent *event = ring_at(ring, i - 1);

                if ((int64_t) event->time_sec <= now_sec)
                        return;
                event->time_sec = (uint32_t) now_sec;
        }
}

void window_advance(Window *window, int64_t now_sec) {
        bring_back(&window->hour, now_sec);
        bring_back(&window->day, now_sec);

        while (window->hour.count > 0) {
                WindowEvent event = *ring_at(&window->hour, 0);

                if (event.time_sec + WINDOW_HOUR_SEC >= now_sec)
                        break;
                /* without memory it counts for longer: in the hour, until there is some again */
                if (add_to_day(window, event) < 0)
                        break;
                window->hour_sum -= event.count;
                ring_drop_first(&window->hour);
        }

        while (window->day.count > 0 &&
               ring_at(&window->day, 0)->time_sec + WINDOW_DAY_SEC < now_sec) {
                window->day_sum -= ring_at(&window->day, 0)->count;
                ring_drop_first(&window->day);
        }
}

static void ring_forget(WindowRing *ring, int64_t until_sec, uint64_t *sum) {
        while (ring->count > 0 && ring_at(ring, 0)->time_sec <= until_sec) {
                *sum -= ring_at(ring, 0)->count;
                ring_drop_first(ring);
        }
}

void window_forget(Window *window, int64_t until_sec) {
        ring_forget(&window->hour, until_sec, &window->hour_sum);
        ring_forget(&window->day, until_sec, &window->day_sum);
}

int window_add(Window *window, int64_t time_sec, uint32_t count, int64_t now_sec) {
        WindowEvent event;
        int r;

        assert(window && now_sec >= 0 && now_sec <= UINT32_MAX);

        if (time_sec + WINDOW_DAY_SEC < now_sec)
                return 0;

        event = (WindowEvent){ (uint32_t) MIN_OF(time_sec, now_sec), count };
        window_advance(window, now_sec);
        if (event.time_sec + WINDOW_HOUR_SEC < now_sec)
                return add_to_day(window, event);

        r = ring_add(&window->hour, event, 1);
        if (r >= 0)
                window->hour_sum += count;
        return r;
}

uint64_t window_sum(const Window *window, WindowLength length) {
        return window->hour_sum + (length == WINDOW_DAY ? window->day_sum : 0);
}

bool window_is_empty(const Window *window) {
        return window->hour.count == 0 && window->day.count == 0;
}

void window_read(const Window *window, WindowReader reader, void *userdata) {
        for (uint32_t i = 0; i < window->day.count; i++)
                reader(*ring_look(&window->day, i), userdata);
        for (uint32_t i = 0; i < window->hour.count; i++)
                reader(*ring_look(&window->hour, i), userdata);
}

/* Let the events of the ring go, the oldest first, until no more than `room` of `sum` are left.
 * Return: are they? */
static bool leave(
                const WindowRing *ring,
                int64_t length_sec,
                uint64_t room,
                uint64_t *sum,
                int64_t *time_sec) {
        for (uint32_t i = 0; *sum > room && i < ring->count; i++) {
                *sum -= ring_look(ring, i)->count;
                *time_sec = ring_look(ring, i)->time_sec + length_sec + 1;
        }

        return *sum <= room;
}

int64_t window_time_below(
                const Window *window, WindowLength length, uint64_t room, int64_t now_sec) {
        uint64_t sum = window_sum(window, length);
        int64_t time_sec = now_sec;

        if (length == WINDOW_HOUR)
                (void) leave(&window->hour, WINDOW_HOUR_SEC, room, &sum, &time_sec);
        else if (!leave(&window->day, WINDOW_DAY_SEC, room, &sum, &time_sec))
                (void) leave(&window->hour, WINDOW_DAY_SEC, room, &sum, &time_sec);

        return MAX_OF(time_sec, now_sec);
}
