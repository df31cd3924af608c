/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * polkit's agent for terminals, which asks for the password: started once for this process before
 * the first call that may need it, ended when the program ends. Where there is no terminal, no
 * agent, or no need (root), nothing happens, and polkit decides without asking.
 */

#include <sys/types.h>
#include <termios.h>

#include "util/macro.h"

typedef struct Agent {
        pid_t pid;  /* 0: not started */
        bool tried; /* one try is enough */
        bool terminal_saved;
        struct termios terminal; /* as it was before the agent could switch its echo off */
} Agent;

/* Returns when the agent is registered (or has failed, or after 5 s). */
void agent_start(Agent *agent);
void agent_done(Agent *agent);
