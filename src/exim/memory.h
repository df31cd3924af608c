/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Our blocks in Exim's files, as they were when they were last seen whole: to show what somebody
 * else did to them. Never the lines around them, which may hold passwords. Changes no file.
 */

#include "exim/exim.h"

typedef struct EximMemoryFile {
        char *path;   /* owned */
        char *blocks; /* owned */
        size_t size;
} EximMemoryFile;

typedef struct EximMemory {
        EximMemoryFile *items; /* owned */
        size_t count;
} EximMemory;

void exim_memory_done(EximMemory *memory);

/* Look at all files again. What is damaged stays in memory as it was before. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int exim_memory_refresh(EximMemory *memory, const EximFacts *facts);

/* A block that somebody edited. */
typedef struct EximDamage {
        char *path;  /* owned */
        size_t line; /* from 1 */
        bool is_diff;
        char *text; /* owned: a unified diff; the block as it stands when it was never seen whole */
} EximDamage;

void exim_damage_done(EximDamage *damage);

/* Return: 1 and the first damage, 0 when there is none, a negative errno. */
WARN_UNUSED int exim_memory_find_damage(
                const EximMemory *memory, const EximFacts *facts, EximDamage *ret);
