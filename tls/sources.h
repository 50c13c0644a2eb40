// SPDX-License-Identifier: ISC
// Where certificates lie, and whether something has changed there.
#pragma once

#include <string>
#include <vector>

#include "tls/settings.h"

namespace tls {

// One certificate to be: its files, whether they are there or not.
struct Entry {
  std::string name;
  std::string certificate, key, ocsp;  // paths; a key empty: it lies in the certificate's file
};

// The entries of all sources, those of a directory in the order of their names:
//
//   DIR/NAME/fullchain.pem privkey.pem ocsp.der     as Let's Encrypt's live/ has them
//   DIR/NAME.pem NAME.key NAME.ocsp                 without NAME.key, the key is in NAME.pem
//
// A source may also be such a DIR/NAME, or such a NAME.pem.
std::vector<Entry> find_entries(const std::vector<Source>& sources);

// What stat(2) says of every file that matters, links followed: two that differ mean a change.
std::string look_at(const std::vector<Source>& sources, const std::string& authorities);

}  // namespace tls
