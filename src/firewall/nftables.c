/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <malloc.h>
#include <nftables/libnftables.h>
#include <pwd.h>
#include <unistd.h>

#include "firewall/nftables.h"

#define WORDS_MAX       300   /* bytes of the tool's words in an error text */
#define SMALL_MAX       16384 /* bytes of a batch that leaves nothing worth giving back */
#define LISTS_MAX       20    /* until none is torn */
#define LIST_PAUSE_USEC (50 * USEC_PER_MSEC)

int nftables_open(Nftables **ret) {
        Nftables *nftables;

        /* names.c is part of the program; the first half makes it so where a sanitizer's weak
         * getpwnam() would satisfy the linker */
        assert(names_are_hidden && !getpwnam("root"));

        nftables = nft_ctx_new(NFT_CTX_DEFAULT);
        if (!nftables)
                return -ENOMEM;

        *ret = nftables;
        return 0;
}

Nftables *nftables_close(Nftables *nftables) {
        if (nftables)
                nft_ctx_free(nftables);

        return NULL;
}

int nftables_fail(Failure *reterr, int r, const char *stage, const char *message) {
        CLEANUP(freep) char *words = NULL;
        const char *begin;

        /* before it stands a position, always in line 1; below it the whole buffer */
        begin = message ? strstr(message, "Error: ") : NULL;
        begin = begin ? begin + strlen("Error: ") : message;
        words = begin ? string_quote(begin, strcspn(begin, "\n"), WORDS_MAX) : NULL;

        return failure_set(
                        reterr,
                        r,
                        FAILURE_FIREWALL_FAILED,
                        "nftables: %s: %s",
                        stage,
                        words && *words ? words : strerror(-r));
}

/* Run one buffer. Its output stays with the context until forget_output(). */
static int run(Nftables *nftables,
               const char *stage,
               const char *text,
               unsigned output_flags,
               bool dry_run,
               Failure *reterr) {
        if (nft_ctx_buffer_output(nftables) != 0 || nft_ctx_buffer_error(nftables) != 0)
                return -ENOMEM;

        nft_ctx_output_set_flags(nftables, output_flags);
        nft_ctx_set_dry_run(nftables, dry_run);

        errno = 0;
        if (nft_run_cmd_from_buffer(nftables, text) != 0)
                return nftables_fail(
                                reterr,
                                errno > 0 ? -errno : -EIO,
                                stage,
                                nft_ctx_get_error_buffer(nftables));

        return 0;
}

/*
 * Give memory back. A context keeps what it has read until it reads again or fails, so it is made
 * to fail on words that are no command. And what was freed would stay with the service for good:
 * glibc gives back only the end of the heap by itself. Together 20 MB with 50,000 users.
 */
static void forget_output(Nftables *nftables, bool small) {
        IGNORE_RESULT(nft_run_cmd_from_buffer(nftables, "forget")); /* fails, as it should */
        (void) nft_ctx_unbuffer_output(nftables); /* fails only where nothing is buffered */
        (void) nft_ctx_unbuffer_error(nftables);
        if (!small)
                IGNORE_RESULT(malloc_trim(0)); /* whether there was anything to give back */
}

int nftables_change(
                Nftables *nftables,
                const char *stage,
                const char *text,
                bool dry_run,
                Failure *reterr) {
        int r;

        r = run(nftables, stage, text, 0, dry_run, reterr);
        forget_output(nftables, strlen(text) < SMALL_MAX);
        return r;
}

/* Numbers of protocols: the table is not another one when /etc/protocols cannot be read. */
static unsigned output_flags(NftablesDetail detail) {
        const unsigned always = NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_PROTO;

        switch (detail) {
        case NFTABLES_STABLE:
                return always | NFT_CTX_OUTPUT_STATELESS;
        case NFTABLES_SHAPE:
                return always | NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_TERSE;
        default:
                return always;
        }
}

static int list_once(Nftables *nftables, NftablesDetail detail, Listing *ret, Failure *reterr) {
        int r;

        r = run(nftables,
                "list",
                "list table inet " RULESET_TABLE,
                output_flags(detail),
                false,
                reterr);
        if (r >= 0) {
                r = listing_parse(nft_ctx_get_output_buffer(nftables), ret);
                if (r < 0)
                        r = nftables_fail(reterr, r, "list", NULL);
        }
        forget_output(nftables, false);
        return r;
}

int nftables_list(Nftables *nftables, NftablesDetail detail, Listing *ret, Failure *reterr) {
        for (unsigned i = 0; i < LISTS_MAX; i++) {
                CLEANUP(listing_done) Listing listing = {};
                int r;

                r = list_once(nftables, detail, &listing, reterr);
                if (r < 0)
                        return r;
                if (!listing_is_torn(&listing)) {
                        *ret = listing;
                        listing = (Listing){};
                        return 0;
                }
                IGNORE_RESULT(usleep(LIST_PAUSE_USEC)); /* cut short: only lists earlier */
        }

        return nftables_fail(reterr, -EAGAIN, "list", "the kernel does not come to rest");
}
