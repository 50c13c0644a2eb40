// SPDX-License-Identifier: ISC
// The command line of popper or tpops, and that of Qpopper's configure, as settings.
#pragma once

#include <string_view>

#include "pop3d/conf_read.h"

namespace pop3d {

// Takes ARGUMENTS, as they stood behind the program's name, in a shell's quotes or none:
//
//   Qpopper   [[ADDRESS:]PORT] -s -T600 -f FILE -e login_delay=N,expire=N --enable-shy ...
//             from left to right, the later wins
//   TPOPS     --NAME=VALUE, --NAME, -p PORT, -u USER, -g GROUP, -f FILE; they win over the file
//
// READER gets the settings and all that is wrong, at the place "arguments".
void read_arguments(ConfReader& reader, Grammar grammar, std::string_view arguments);

}  // namespace pop3d
