/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The main() of a fuzz target where there is no fuzzer: each file of the directories that are named
 * goes through it once. A directory without files is a failure, so that the corpus cannot get lost.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util/fd.h"

#define FILE_SIZE_MAX ((size_t) 64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void closedirp(DIR **directory) {
        if (*directory)
                (void) closedir(*directory);
}

/* Return: 0 or a negative errno. */
static int run_file(int dir_fd, const char *name) {
        CLEANUP(freep) char *data = NULL;
        CLEANUP(freep) uint8_t *exact = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(dir_fd, name, FILE_SIZE_MAX, &data, &size);
        if (r < 0)
                return r;

        /* without the NUL behind it, so that a read beyond the end is one */
        exact = malloc(MAX_OF(size, (size_t) 1));
        if (!exact)
                return -ENOMEM;
        memcpy(exact, data, size);

        printf("%s, %zu bytes\n", name, size);
        fflush(stdout); /* the last line names the file that crashes */
        (void) LLVMFuzzerTestOneInput(exact, size);
        return 0;
}

/* Return: the number of files or a negative errno. */
static int run_directory(const char *path) {
        CLEANUP(closedirp) DIR *directory = opendir(path);
        int files = 0;

        if (!directory)
                return -errno;

        for (struct dirent *entry; (entry = readdir(directory));) {
                int r;

                if (entry->d_name[0] == '.')
                        continue;

                r = run_file(dirfd(directory), entry->d_name);
                if (r < 0)
                        return r;
                files++;
        }

        return files;
}

int main(int argc, char *argv[]) {
        if (argc < 2)
                return EXIT_FAILURE;

        for (int i = 1; i < argc; i++) {
                int r = run_directory(argv[i]);

                if (r <= 0) {
                        (void) fprintf(stderr,
                                       "%s: %s\n",
                                       argv[i],
                                       r == 0 ? "no file" : strerror(-r));
                        return EXIT_FAILURE;
                }
        }

        return EXIT_SUCCESS;
}
