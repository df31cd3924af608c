/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/engine-systemd.h"
#include "util/unit-job.h"

sd_bus *engine_systemd(Engine *engine) {
        /* Without a bus a reload is refused, with words. */
        if (!engine->systemd)
                IGNORE_RESULT(unit_job_connect(&engine->systemd));

        return engine->systemd;
}

void engine_disconnect_systemd(Engine *engine) {
        engine->systemd = sd_bus_flush_close_unref(engine->systemd);
}
