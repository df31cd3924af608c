/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The ACL files of the hooks on the disk. They are written before anything points to them and
 * removed when nothing does any more: a file that Exim looks for and does not find stops all mail.
 */

#include "exim/edits.h"
#include "exim/hooks.h"

/* What has to be done so that the file is as it shall be. Return: 1 if anything has, 0 if not, or
 * a negative errno with StorageFailed. */
WARN_UNUSED int exim_acl_load(const EximAcl *acl, EximFile *ret, Failure *reterr);

/* Write it: a new one in its place, where nobody looks for it yet; else beside it. Return: 0, or a
 * negative errno with StorageFailed. */
WARN_UNUSED int exim_acl_prepare(EximFile *file, Failure *reterr);

/* Take a new one away again: nothing came to point to it. */
void exim_acl_discard(EximFile *file);

/* Paths of all there are. Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_acl_list(StringList *ret);
/* Of those that are not part of the edits, which will go. Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_acl_list_old(const EximEdits *edits, StringList *ret);
