/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where the mail meter answers Exim: as smtp-restrictions-meter.socket has it. */

#define METER_SOCKET "/run/smtp-restrictions-meter.socket"
