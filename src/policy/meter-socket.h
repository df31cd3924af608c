/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What Exim and the mail meter have in common. */

/* as smtp-restrictions-meter.socket has it */
#define METER_SOCKET "/run/smtp-restrictions-meter.socket"

/* Of a sender and of an AUTH id, in bytes, before base64. Exim takes AUTH ids of 12 KB. */
#define METER_TEXT_MAX 1024

/* The meter's directory. */
#define METER_STATE "/var/lib/smtp-restrictions-meter"

/* Who is suspended (meter/suspended-list.h). With contents: for somebody something is set by name.
 */
#define METER_SUSPENDED_NAME "suspended"
#define METER_SUSPENDED      METER_STATE "/" METER_SUSPENDED_NAME
