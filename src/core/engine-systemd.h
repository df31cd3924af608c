/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The connection for our own calls to systemd; NULL when there is no bus. It lasts for one
 * transaction: nobody reads from it in between, and the bus would queue systemd's signals for it.
 */

#include "core/engine.h"

sd_bus *engine_systemd(Engine *engine);
void engine_disconnect_systemd(Engine *engine);
