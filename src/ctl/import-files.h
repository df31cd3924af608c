/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The files of `import`: found by their usual names below a folder, read with a bound, and given
 * to src/import. */

#include "ctl/outcome.h"
#include "import/import.h"

/* `kind`: csf, cpanel or imunify; `path`: a file or a folder. Errors are reported. */
ExitCode import_files_read(const char *kind, const char *path, Import *import);
