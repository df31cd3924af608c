/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Within src/dbus: a waiting call, for calls.c (bounds, turns) and authorize.c (polkit). */

#include "dbus/calls.h"
#include "dbus/polkit.h"
#include "dbus/refusals.h"
#include "dbus/senders.h"

struct Call {
        Call *next;
        Calls *calls;
        sd_bus_message *message;
        Sender *sender;
        bool heavy;         /* as asked */
        bool admitted;      /* counts against the bounds of waiting calls */
        unsigned granted;   /* of the question's actions, from the first */
        PolkitQuery *query; /* the next one, while it is asked */
        bool answered;      /* polkit has answered; .verdict and .reason are valid */
        PolkitVerdict verdict;
        char *reason;      /* owned; polkit's words if it could not be reached */
        CallCancel cancel; /* while it is carried out */
        void *cancel_userdata;
};

struct Calls {
        sd_bus *bus;
        sd_bus *questions;
        Senders *senders;
        Call *first;          /* in order of arrival */
        Call **last;          /* where the next one is linked */
        uint64_t question_id; /* of the last question */
        Refusals refusals;
};

/* Let the method run again from its top. */
void call_run_again(Call *call);

/* Log a refusal and put it into words for the caller. Always negative. */
int call_refuse(Call *call, sd_bus_error *reterr, const char *name, const char *why);

/*
 * One step: take up polkit's answer, or ask for the next action. Return: 0 (granted: take the next
 * step), CALLS_E_*, or a negative errno with *reterr set for a denial.
 */
WARN_UNUSED int call_ask_step(Call *call, const CallQuestion *question, sd_bus_error *reterr);
