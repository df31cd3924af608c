/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/engine.h"

/*
 * The connection for our own calls to systemd; NULL when there is no bus. It lasts for one
 * transaction: nobody reads from it in between, and the bus would queue systemd's signals for it.
 */
sd_bus *engine_systemd(Engine *engine);
void engine_disconnect_systemd(Engine *engine);
