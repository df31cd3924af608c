/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A policy with some keys of another one over it. Pure. */

#include <jansson.h>

#include "util/macro.h"

/*
 * `policy` is GetPolicy's answer, `imported` has keys as in policy.json; limits are taken one by
 * one. A port's verdict and CutExisting are left out where they are what the service would take
 * anyway, so that they go on following what they depend on. The result is for ReplacePolicy, and
 * the caller's. NULL when out of memory.
 */
json_t *import_overlay(const json_t *policy, const json_t *imported);
