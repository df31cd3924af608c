/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Prints whether the restriction is in force, and each change, with GLib and what gdbus-codegen
 * makes of the interface's description:
 *
 *     xml=$(pkg-config --variable=interfacesdir smtp-restrictions)/org.example.SmtpRestrictions.xml
 *     gdbus-codegen --interface-prefix org.example. --c-generate-autocleanup all \
 *             --generate-c-code smtp-restrictions-dbus "$xml"
 *     cc -o enforcing enforcing-glib.c smtp-restrictions-dbus.c \
 *             $(pkg-config --cflags --libs smtp-restrictions gio-2.0)
 *     ./enforcing
 *     ./enforcing --watch
 */

#include <gio/gio.h>
#include <string.h>

#include <smtp-restrictions/smtp-restrictions.h>

#include "smtp-restrictions-dbus.h"

static void print_state(SmtpRestrictions *proxy) {
        g_print("%s, health %s\n",
                smtp_restrictions_get_enforcing(proxy) ? "enforcing" : "not enforcing",
                smtp_restrictions_get_health(proxy));
}

static void on_changed(
                GDBusProxy *proxy, GVariant *changed, const char *const *invalidated, void *data) {
        (void) changed;
        (void) invalidated;
        (void) data;
        print_state(SMTP_RESTRICTIONS(proxy));
}

int main(int argc, char *argv[]) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SmtpRestrictions) proxy = smtp_restrictions_proxy_new_for_bus_sync(
                        G_BUS_TYPE_SYSTEM,
                        G_DBUS_PROXY_FLAGS_NONE,
                        SMTP_RESTRICTIONS_BUS_NAME,
                        SMTP_RESTRICTIONS_PATH,
                        NULL,
                        &error);

        if (!proxy) {
                g_printerr("%s\n", error->message);
                return 1;
        }

        print_state(proxy);
        if (argc == 2 && strcmp(argv[1], "--watch") == 0) {
                g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);

                g_signal_connect(proxy, "g-properties-changed", G_CALLBACK(on_changed), NULL);
                g_main_loop_run(loop);
        }
        return 0;
}
