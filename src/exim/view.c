/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "exim/confd.h"
#include "exim/layout.h"
#include "exim/view.h"
#include "util/fd.h"
#include "util/text.h"

/* A file of the configuration. */
typedef struct Node {
        const char *path;
        const EximFile *file; /* its new text is to be read; NULL: it is read as it is */
        bool copied;          /* one of its lines has to name another file */
        char *staged;         /* owned: what is read in its place; NULL: itself */
} Node;

typedef struct Nodes {
        Node *items; /* owned: the main file is the first */
        size_t count;
} Nodes;

static void nodes_done(Nodes *nodes) {
        for (size_t i = 0; i < nodes->count; i++)
                free(nodes->items[i].staged);
        free(nodes->items);
        *nodes = (Nodes){};
}

void exim_view_done(EximView *view) {
        for (size_t i = 0; i < view->copy_count; i++)
                atomic_file_done(&view->copies[i]);
        for (size_t i = 0; i < view->count; i++) {
                free((char *) view->staged[i].path);
                free((char *) view->staged[i].real);
        }
        free(view->copies);
        free(view->staged);
        *view = (EximView){};
}

/* The copy is the temporary of a name that no file has: nothing is ever renamed to it. */
static char *copy_name(const char *name) {
        return string_format("%s.smtp-restrictions", name);
}

void exim_view_forget(int dir_fd, const char *name) {
        CLEANUP(freep) char *copy = copy_name(name);

        if (copy)
                IGNORE_RESULT(atomic_file_forget(dir_fd, copy));
}

static Node *find_node(const Nodes *nodes, const char *path) {
        for (size_t i = 0; i < nodes->count; i++)
                if (string_equal(nodes->items[i].path, path))
                        return &nodes->items[i];

        return NULL;
}

static void add_node(Nodes *nodes, const char *path) {
        if (!find_node(nodes, path))
                nodes->items[nodes->count++] = (Node){ .path = path };
}

static char *path_beside(const char *path, const char *name) {
        return string_format("%.*s/%s", (int) (strrchr(path, '/') - path), path, name);
}

/* Every file that includes a staged one is copied, and so staged itself. */
static void spread(Nodes *nodes, const EximIncludes *includes) {
        bool again;

        do {
                again = false;
                for (size_t i = 0; i < includes->count; i++) {
                        Node *parent = find_node(nodes, includes->items[i].parent);
                        const Node *child = find_node(nodes, includes->items[i].path);

                        if (!parent || !child || parent->copied || !(child->file || child->copied))
                                continue;
                        parent->copied = true;
                        again = true;
                }
        } while (again);
}

static int name_staged(Node *node) {
        CLEANUP(freep) char *name = NULL, *temporary = NULL;

        if (node->copied) {
                name = copy_name(strrchr(node->path, '/') + 1);
                temporary = name ? atomic_file_temporary_name(name) : NULL;
        } else if (node->file) {
                assert(node->file->staged.temporary);
                temporary = strdup(node->file->staged.temporary);
        } else
                return 0;

        if (temporary)
                node->staged = path_beside(node->path, temporary);
        return node->staged ? 0 : -ENOMEM;
}

static int find_nodes(
                const EximEdits *edits, const EximFacts *facts, size_t new_count, Nodes *nodes) {
        const EximIncludes *includes = &facts->includes;

        nodes->items = calloc(2 * includes->count + 1, sizeof(Node));
        if (!nodes->items)
                return -ENOMEM;
        add_node(nodes, facts->config);
        for (size_t i = 0; i < includes->count; i++) {
                add_node(nodes, includes->items[i].parent);
                add_node(nodes, includes->items[i].path);
        }

        for (size_t i = 0; i < edits->count && new_count > 0; i++) {
                Node *node = find_node(nodes, edits->items[i].path);

                if (!edits->items[i].is_read)
                        continue;
                new_count--;
                if (node && edits->items[i].after)
                        node->file = &edits->items[i];
        }

        spread(nodes, includes);
        for (size_t i = 0; i < nodes->count; i++) {
                int r = name_staged(&nodes->items[i]);

                if (r < 0)
                        return r;
        }

        return 0;
}

static int refuse_line(const EximInclude *include, Failure *reterr) {
        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_BLOCKED_BY_MACRO,
                        "'%s', line %zu: a macro makes this line include '%s', so that a change of "
                        "that file cannot be checked before it is made; write the line out, or "
                        "move the option to '%s'",
                        include->parent,
                        include->line,
                        include->path,
                        include->parent);
}

/* Which include lines of the file have to name which files. `before` is its text as Exim has read
 * it. */
static int find_lines(
                const Nodes *nodes,
                const EximIncludes *includes,
                const char *path,
                const char *before,
                size_t size,
                const char *paths[static EXIM_INCLUDES_MAX],
                Failure *reterr) {
        for (size_t i = 0; i < includes->count; i++) {
                const EximInclude *include = &includes->items[i];
                const Node *child = find_node(nodes, include->path);
                size_t index;

                if (!string_equal(include->parent, path) || !child || !child->staged)
                        continue;
                if (exim_include_find(before, size, include->line, &index) < 0)
                        return refuse_line(include, reterr);
                /* more lines than files: those behind include nothing, or the same again */
                if (index >= EXIM_INCLUDES_MAX ||
                    (paths[index] && !string_equal(paths[index], child->staged)))
                        return refuse_line(include, reterr);
                paths[index] = child->staged;
        }

        return 0;
}

/* As open to others as the original: Exim reads some sections as its own user. */
static int write_copy(
                int dir_fd, const char *name, const char *text, size_t size, AtomicFile *ret) {
        CLEANUP(freep) char *copy = copy_name(name);
        struct stat st;

        if (!copy)
                return -ENOMEM;
        if (fstatat(dir_fd, name, &st, 0) < 0)
                return -errno;

        return atomic_file_prepare(
                        dir_fd,
                        copy,
                        text,
                        size,
                        &(const AtomicFileOptions){
                                        .mode = st.st_mode & 0777,
                                        .uid = st.st_uid,
                                        .gid = st.st_gid,
                        },
                        ret);
}

static int make_copy(
                const Nodes *nodes,
                const EximIncludes *includes,
                const Node *node,
                AtomicFile *ret,
                Failure *reterr) {
        const char *paths[EXIM_INCLUDES_MAX] = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        CLEANUP(freep) char *before = NULL, *text = NULL;
        const char *name;
        size_t before_size, size;
        int r;

        r = exim_file_open_directory(node->path, &fd, &name);
        if (r >= 0)
                r = exim_confd_read(node->path, &before, &before_size);
        if (r < 0)
                return r;

        r = find_lines(nodes, includes, node->path, before, before_size, paths, reterr);
        if (r < 0)
                return r;

        r = exim_includes_rewrite(
                        node->file ? node->file->after : before,
                        node->file ? node->file->after_size : before_size,
                        paths,
                        EXIM_INCLUDES_MAX,
                        &text,
                        &size);
        if (r < 0)
                return r;

        return write_copy(fd, name, text, size, ret);
}

static int name_all(const Nodes *nodes, EximView *view) {
        for (size_t i = 0; i < nodes->count; i++) {
                const Node *node = &nodes->items[i];
                EximStaged *staged = &view->staged[view->count];

                if (i > 0 && !node->staged)
                        continue;
                *staged = (EximStaged){
                        .path = strdup(node->staged ?: node->path),
                        .real = strdup(node->path),
                };
                view->count++;
                if (!staged->path || !staged->real)
                        return -ENOMEM;
                if (i > 0)
                        staged[-1].next = staged;
        }

        return 0;
}

static int fill(const Nodes *nodes, const EximIncludes *includes, EximView *view, Failure *reterr) {
        int r;

        view->staged = calloc(nodes->count, sizeof(EximStaged));
        view->copies = calloc(nodes->count, sizeof(AtomicFile));
        if (!view->staged || !view->copies)
                return -ENOMEM;

        for (size_t i = 0; i < nodes->count; i++) {
                if (!nodes->items[i].copied)
                        continue;
                r = make_copy(nodes,
                              includes,
                              &nodes->items[i],
                              &view->copies[view->copy_count],
                              reterr);
                if (r < 0)
                        return r;
                view->copy_count++;
        }

        return name_all(nodes, view);
}

int exim_view_make(
                const EximEdits *edits,
                const EximFacts *facts,
                size_t new_count,
                EximView *ret,
                Failure *reterr) {
        CLEANUP(exim_view_done) EximView view = {};
        CLEANUP(nodes_done) Nodes nodes = {};
        int r;

        r = find_nodes(edits, facts, new_count, &nodes);
        if (r >= 0)
                r = fill(&nodes, &facts->includes, &view, reterr);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "Failed to write beside Exim's files: %s",
                                strerror(-r));

        *ret = view;
        view = (EximView){};
        return 0;
}
