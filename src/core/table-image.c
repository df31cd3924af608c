/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/table-image.h"

TableImage *table_image_free(TableImage *image) {
        if (!image)
                return NULL;

        policy_done(&image->policy);
        host_facts_done(&image->facts);
        policy_done(&image->skeleton_policy);
        host_facts_done(&image->skeleton);
        free(image);
        return NULL;
}

/* Whose mail everybody's depends on. */
static bool is_of_skeleton(const AllowedId *id) {
        return id->because == BECAUSE_ROOT || id->because == BECAUSE_MTA ||
               id->because == BECAUSE_MAILMAN;
}

static int make_skeleton(const HostFacts *facts, HostFacts *ret) {
        CLEANUP(host_facts_done) HostFacts skeleton = { .verdicts = facts->verdicts };

        for (size_t i = 0; i < facts->uids.count; i++) {
                const AllowedId *id = &facts->uids.items[i];
                int r;

                if (!is_of_skeleton(id))
                        continue;
                r = allowed_ids_append(&skeleton.uids, id->id, id->because, id->name, id->detail);
                if (r < 0)
                        return r;
        }

        *ret = skeleton;
        skeleton = (HostFacts){};
        return 0;
}

int table_image_new(const Policy *policy, const HostFacts *facts, TableImage **ret) {
        CLEANUP(table_image_freep) TableImage *image = NULL;
        int r;

        assert(policy && facts && ret);

        image = calloc(1, sizeof(*image));
        if (!image)
                return -ENOMEM;
        policy_init(&image->policy);
        policy_init(&image->skeleton_policy);

        r = policy_copy(policy, &image->policy);
        if (r < 0)
                return r;
        string_list_done(&image->policy.allowed_users);
        r = policy_copy(policy, &image->skeleton_policy);
        if (r < 0)
                return r;
        string_list_done(&image->skeleton_policy.allowed_users);
        exceptions_done(&image->skeleton_policy.exceptions);
        r = host_facts_copy(facts, &image->facts);
        if (r < 0)
                return r;
        r = make_skeleton(facts, &image->skeleton);
        if (r < 0)
                return r;

        *ret = TAKE(image);
        return 0;
}

bool table_image_is_large(const TableImage *image) {
        return image->facts.uids.count + image->facts.gids.count + image->policy.exceptions.count -
                               image->skeleton.uids.count >
               TABLE_IMAGE_LARGE;
}
