/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The interface as sd-bus sees it. The same as dbus/org.example.SmtpRestrictions.xml, which a test
 * compares. Everybody may call; polkit decides (methods.c).
 */

#include "bus/service.h"

#define ANYBODY SD_BUS_VTABLE_UNPRIVILEGED
#define CONST   SD_BUS_VTABLE_PROPERTY_CONST
#define EMITS   SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

/* clang-format off */
const sd_bus_vtable service_vtable[] = {
        SD_BUS_VTABLE_START(0),

        SD_BUS_METHOD_WITH_ARGS("Enable",
                                SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Disable",
                                SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Status",
                                SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", status),
                                method_answer, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("GetPolicy",
                                SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", policy),
                                method_answer, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("SetPolicy",
                                SD_BUS_ARGS("a{sv}", changes), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ReplacePolicy",
                                SD_BUS_ARGS("a{sv}", policy, "a{sv}", options),
                                SD_BUS_RESULT("b", changed),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("SetMailLimits",
                                SD_BUS_ARGS("a{sv}", limits), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ResetMailLimits",
                                SD_BUS_ARGS("as", limits), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Try",
                                SD_BUS_ARGS("a{sv}", changes, "u", seconds),
                                SD_BUS_RESULT("s", id),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Confirm",
                                SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Cancel",
                                SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ListHistory",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", policies),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Rollback",
                                SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("AddException",
                                SD_BUS_ARGS("a{sv}", exception), SD_BUS_RESULT("s", id),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("RemoveException",
                                SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ListExceptions",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", exceptions),
                                method_answer, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Preview",
                                SD_BUS_ARGS("a{sv}", changes), SD_BUS_RESULT("a{sv}", preview),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Explain",
                                SD_BUS_ARGS("a{sv}", connection),
                                SD_BUS_RESULT("a{sv}", explanation),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Verify",
                                SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", problems),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Reload",
                                SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("FollowMeter",
                                SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ListAllowed",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", allowed),
                                method_answer, ANYBODY),

        SD_BUS_METHOD_WITH_ARGS("ListAttempts",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", attempts),
                                method_run_job, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ResetAttempts",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_NO_RESULT,
                                method_run_job, ANYBODY),

        SD_BUS_PROPERTY("Version", "s", property_get, 0, CONST),
        SD_BUS_PROPERTY("Features", "as", property_get, 0, CONST),
        SD_BUS_PROPERTY("Enabled", "b", property_get, 0, EMITS),
        SD_BUS_PROPERTY("Enforcing", "b", property_get, 0, EMITS),
        SD_BUS_PROPERTY("Active", "b", property_get, 0, EMITS),
        SD_BUS_PROPERTY("Observe", "b", property_get, 0, EMITS),
        SD_BUS_PROPERTY("PortVerdicts", "a{qs}", property_get, 0, EMITS),
        SD_BUS_PROPERTY("Health", "s", property_get, 0, EMITS),
        SD_BUS_PROPERTY("Busy", "b", property_get, 0, EMITS),
        SD_BUS_PROPERTY("Generation", "t", property_get, 0, EMITS),
        SD_BUS_PROPERTY("TryDeadline", "t", property_get, 0, EMITS),
        SD_BUS_PROPERTY("ProblemCount", "u", property_get, 0, EMITS),

        SD_BUS_VTABLE_END
};
/* clang-format on */
