// SPDX-License-Identifier: ISC
// The index that QUIT leaves when another program changes the Maildir meanwhile.
#include <random>
#include <thread>

#include "tests/update_session.h"

namespace {

const std::string disk = std::filesystem::temp_directory_path();  // before TMPDIR is the memory

using Random = std::mt19937;

// Another program: delivers, flags, moves, removes, by what it finds.
class Other {
 public:
  explicit Other(unsigned seed) : random_(seed) {}

  void change() {
    const auto one = any();
    const auto unique = one.substr(4, one.find(':') == one.npos ? one.npos : one.find(':') - 4);
    switch (random_() % 8) {
      case 0: case 1: case 2: deliver(); break;
      case 3: ::rename(one.c_str(), ("cur/" + unique + ":2," + flags()).c_str()); break;
      case 4: ::rename(one.c_str(), ("cur/" + unique + ":2," + flags()).c_str()); break;
      case 5: ::rename(one.c_str(), ("new/" + unique).c_str()); break;
      case 6: ::unlink(one.c_str()); break;
      // Twice within the tick.
      case 7: deliver(), ::unlink(one.c_str()), deliver(); break;
    }
  }
  void deliver() {
    const auto name = std::to_string(1000 + random_() % 100000) + ".n" + std::to_string(++count_);
    const auto temporary = "tmp/" + name;
    const auto fd = base::open_file(temporary.c_str(), O_WRONLY | O_CREAT, 0600);
    base::write_all(fd.get(), std::string(random_() % 30, '\n'), temporary);
    ::rename(temporary.c_str(), ("new/" + name).c_str());
  }

 private:
  std::string any() {
    std::vector<std::string> all;
    for (const auto folder : {"new", "cur"}) {
      std::error_code ignored;
      for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) all.push_back(entry.path());
    }
    return all.empty() ? "new/0" : all[random_() % all.size()];
  }
  std::string flags() {
    std::string all;
    for (const char flag : {'F', 'R', 'S', 'T'})
      if (random_() % 2) all += flag;
    return all;
  }

  Random random_;
  int count_ = 0;
};

// ROUNDS sessions, each with changes by another program at a random moment. None may leave an
// index that says other than the directories.
void race(unsigned seed, int rounds) {
  const Maildir maildir;
  Other filler(seed);
  for (int i = 0; i < 40; ++i) filler.deliver();
  Random random(seed + 1000);
  Other other(seed + 2000);
  for (int round = 0; round < rounds; ++round) {
    UpdateSettings settings;
    settings.mark_seen = random() % 2;
    settings.move_new = random() % 4 == 0;
    // Most rounds change nothing of their own, and need not wait for the clock.
    const bool is_busy = settings.move_new || random() % 8 == 0;
    const auto delay = std::chrono::microseconds(random() % (is_busy ? 35000 : 600));
    const auto changes = random() % 4;
    std::thread thread([&] {
      std::this_thread::sleep_for(delay);
      for (unsigned i = 0; i < changes; ++i) other.change();
    });
    {
      Session session(settings);
      if (is_busy && session.mailbox.size() > 0)
        for (int i = 0; i < 3; ++i) {
          const auto message = random() % session.mailbox.size();
          (random() % 3 ? session.retrieved : session.deleted).set(message);
        }
      session.quit();
      session.update.store_index();
    }
    thread.join();
    if (!check_index("seed " + std::to_string(seed) + " round " + std::to_string(round))) return;
    while (read_mailbox(false).answers.size() < 25 * 30) other.deliver();
  }
}

void race_at(const char* place, int processes, int rounds) {
  std::vector<unsigned> seeds;
  for (int i = 0; i < processes; ++i) seeds.push_back(static_cast<unsigned>(i));
  for_each_at_once(seeds, [&](unsigned seed) {
    ::setenv("TMPDIR", place, 1);
    race(seed, rounds);
  });
}

}  // namespace

TEST(index_is_never_wrong_in_a_race_on_the_disk) {
  race_at(disk.c_str(), 4, 30);
}

TEST(index_is_never_wrong_in_a_race_on_a_tmpfs) {
  if (::access("/dev/shm", W_OK) == 0) race_at("/dev/shm", 8, 40);
}
