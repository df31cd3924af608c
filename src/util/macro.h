/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The few macros that every file may use: cleanup at the end of a scope, handing over ownership,
 * and results that the compiler does not let a caller forget.
 */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* clang takes a variable that is held for its end alone for unused. */
#define CLEANUP(function)          __attribute__((cleanup(function), unused))
#define WARN_UNUSED                __attribute__((warn_unused_result))
#define PRINTF_LIKE(string, first) __attribute__((format(printf, string, first)))

/* gcc takes no (void) cast for an answer where WARN_UNUSED stands. The reason goes beside the use.
 */
#define IGNORE_RESULT(expression) ((void) !(expression))

#define ELEMENTS_OF(array) (sizeof(array) / sizeof((array)[0]))

#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

/* Hand over what a pointer owns: the value of the expression is the old pointer, the variable
 * becomes NULL. */
#define TAKE(pointer)                                                                              \
        ({                                                                                         \
                __typeof__(pointer) *taken_from_ = &(pointer);                                     \
                __typeof__(pointer) taken_ = *taken_from_;                                         \
                *taken_from_ = NULL;                                                               \
                taken_;                                                                            \
        })

/* The same for a file descriptor. */
#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int *taken_from_ = &(fd);                                                          \
                int taken_ = *taken_from_;                                                         \
                *taken_from_ = -EBADF;                                                             \
                taken_;                                                                            \
        })

/* Define NAMEp(), which CLEANUP() can call on a `type *` variable. The function must accept NULL.
 */
#define DEFINE_CLEANUP(type, function)                                                             \
        static inline void function##p(type **pointer) {                                           \
                if (*pointer)                                                                      \
                        (void) function(*pointer);                                                 \
        }

#define USEC_PER_SEC  ((uint64_t) 1000000)
#define USEC_PER_MSEC ((uint64_t) 1000)

static inline void freep(void *pointer) {
        free(*(void **) pointer);
}
