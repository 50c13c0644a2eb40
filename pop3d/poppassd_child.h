// SPDX-License-Identifier: ISC
// poppassd's child: the dialogue, as nobody, in an empty root.
//
//   200 mail.example.org poppassd hello, who are you?
//   user joe                200 your password please.
//   pass sesame             200 your new password please.      or 500, and from the beginning
//   newpass open-sesame     200 Password changed, thank-you.   or 500, and another new one
//   quit                    200 Bye.
#pragma once

#include <string_view>

namespace pop3d {

// Talks to the client on fd 0 and 1 until it leaves. PARENT is the child's end of the pair.
void serve_passwords(int parent, std::string_view host);

}  // namespace pop3d
