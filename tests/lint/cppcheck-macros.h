/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For cppcheck alone, which reads no system headers: what their loops look like. */

#define json_array_foreach(array, index, value) for (index = 0; (value = next(array)); index++)
#define json_object_foreach(object, key, value) for (key = next(object); (value = next(key));)
