/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/suggest-limit.h"

static int compare_sent(const void *a, const void *b) {
        const SuggestSent *x = a, *y = b;

        if (x->sender != y->sender)
                return x->sender < y->sender ? -1 : 1;
        return x->time_sec < y->time_sec ? -1 : x->time_sec > y->time_sec;
}

static int compare_peaks(const void *a, const void *b) {
        const SuggestPeak *x = a, *y = b;

        if (x->recipients != y->recipients)
                return x->recipients > y->recipients ? -1 : 1;
        return strcmp(x->name, y->name);
}

/* The most of one sender in any time of that length. `sent` is his alone. */
static SuggestPeak find_peak(const SuggestSent *sent, size_t count, int64_t length_sec) {
        SuggestPeak peak = {};
        uint64_t sum = 0;

        for (size_t first = 0, i = 0; i < count; i++) {
                sum += sent[i].recipients;
                while (sent[first].time_sec + length_sec < sent[i].time_sec)
                        sum -= sent[first++].recipients;
                if (sum > peak.recipients)
                        peak = (SuggestPeak){ .recipients = sum, .from_sec = sent[first].time_sec };
        }

        return peak;
}

static size_t find_peaks(
                const SuggestSent *sent,
                size_t count,
                int64_t length_sec,
                const char *const names[],
                SuggestPeak *ret) {
        size_t senders = 0;

        for (size_t begin = 0, end; begin < count; begin = end) {
                for (end = begin + 1; end < count && sent[end].sender == sent[begin].sender;)
                        end++;
                ret[senders] = find_peak(sent + begin, end - begin, length_sec);
                ret[senders++].name = names[sent[begin].sender];
        }

        return senders;
}

/* Up to one with two digits that are not 0: nobody means 1173. */
static uint64_t round_up(uint64_t number) {
        uint64_t unit = 1;

        while (number / unit >= 100)
                unit *= 10;
        return (number + unit - 1) / unit * unit;
}

int suggest_limit(
                SuggestSent *sent,
                size_t count,
                int64_t length_sec,
                const char *const names[],
                SuggestLimit *ret) {
        SuggestPeak *peaks = calloc(count + 1, sizeof(*peaks));
        size_t senders, below;

        if (!peaks)
                return -ENOMEM;

        qsort(sent, count, sizeof(*sent), compare_sent);
        senders = find_peaks(sent, count, length_sec, names, peaks);
        qsort(peaks, senders, sizeof(*peaks), compare_peaks);
        *ret = (SuggestLimit){ .senders = senders, .above = peaks };
        if (senders == 0)
                return 0;

        below = (senders * SUGGEST_PERCENTILE + 99) / 100;
        ret->limit = round_up(peaks[senders - below].recipients);
        while (ret->above_count < senders && peaks[ret->above_count].recipients > ret->limit)
                ret->above_count++;
        return 0;
}
