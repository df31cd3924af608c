/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as one of the files that are imported; the first one says as which. What comes out is
 * bounded, and can be written as JSON. */

#include "fuzz.h"
#include "import/import.h"

static void read_accounts(Import *import, char *text, size_t size) {
        CLEANUP(json_decrefp) json_t *domains = json_pack("[s]", "example.com");

        import_account(import, text, size, domains);
}

static int read_as(uint8_t kind, Import *import, char *text, size_t size) {
        switch (kind % 7) {
        case 0:
                return import_csf(import, text, size, NULL);
        case 1:
                return import_imunify(import, text, size, NULL);
        case 2:
                return import_cpanel(import, text, size, NULL);
        case 3:
                import_exim_local(import, text, size);
                return 0;
        case 4:
                import_max_emails(import, text, size);
                return 0;
        case 5:
                json_decref(import_user_domains(text, size));
                return 0;
        default:
                read_accounts(import, text, size);
                return 0;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(import_done) Import import = {};
        CLEANUP(freep) char *copy = NULL, *dump = NULL;
        uint8_t kind = size > 0 ? data[0] : 0;
        size_t text_size = size > 0 ? size - 1 : 0;

        copy = calloc(text_size + 1, 1);
        import_init(&import);
        if (!copy)
                return 0;
        if (text_size > 0)
                memcpy(copy, data + 1, text_size);

        if (read_as(kind, &import, copy, text_size) < 0)
                return 0;

        require(import_finish(&import) == 0, "nothing is as large as to fail");
        require(json_array_size(import.remarks) <= IMPORT_REMARKS_MAX, "remarks are bounded");
        dump = json_dumps(import.policy, 0);
        require(dump != NULL, "the policy can be written");
        return 0;
}
