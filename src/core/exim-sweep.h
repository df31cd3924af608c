/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Remove the ACL files that Exim does not need any more: last of all, since a file that it looks
 * for and does not find stops all mail. */

#include "core/transaction.h"

/* After a transaction that has succeeded. What cannot be removed yet is owed. */
void exim_sweep(Transaction *t);

/* Later. Return: false if it is still owed. */
bool exim_sweep_again(Engine *engine);
