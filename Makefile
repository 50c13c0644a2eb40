# popchain. The targets: all (default), check, run, install, uninstall, clean, size, asan, fuzz,
# fuzz-coverage, crash, faults, powerloss, race, hostile, soak.
# Each program is one variable that lists its parts: what a program can contain is seen here.

B = build
# make Q= shows the commands.
Q = @
CXX = g++
CXXFLAGS = -O2 -g -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
HARDEN = -fPIE -fstack-protector-strong -fcf-protection
SMALL = -ffunction-sections -fdata-sections -fno-threadsafe-statics
HOME_DIR := $(shell head -n 1 conf-home)
DEBIAN = $(shell $(CXX) -dumpmachine)

# Programs that are executed for each session, and need nothing but system calls, are linked with
# musl. A static program's start is most of what a short session costs, and most of glibc's is 40
# odd cpuid instructions, each a trap of 4 us in a virtual machine: 0.35 ms of CPU against 0.13.
# They may use the language, exceptions included (base/musl.cc), and the headers of the standard
# library that need no code of it: string_view, span, optional, array, charconv, algorithm.
MUSL_PROGRAMS = pop3-login pop3d splogger maildir-deliver tls-accept proxy-protocol pop3-env \
                bulletins bulletin-add expire last-login relay-allow poppassd filters
# The others use glibc and libstdc++; checkpw, executed per session too, is static because a
# dynamic Botan costs 8 ms.
STATIC_PROGRAMS = checkpw
DYNAMIC_PROGRAMS = apoppasswd maildir-uidl tlsd pop3-conf pop3-record pop3-stats pop3-mangle
PROGRAMS = $(MUSL_PROGRAMS) $(STATIC_PROGRAMS) $(DYNAMIC_PROGRAMS)

base     = base/failure base/fd base/env base/log base/privilege
sandbox  = base/sandbox base/seccomp base/landlock
maildir  = maildir/name maildir/wire maildir/stamp maildir/directory maildir/measure \
           maildir/listing maildir/reading maildir/image maildir/index_file maildir/ids \
           maildir/make_image maildir/mailbox maildir/whereabouts maildir/uidl_map maildir/import \
           maildir/old_uidls maildir/dovecot_uidlist maildir/lock maildir/quota maildir/trash \
           maildir/watch maildir/update maildir/clean
language = pop3d/language pop3d/language_texts
store    = checkpw/account checkpw/record_settings checkpw/schemes checkpw/hashes checkpw/scram \
           checkpw/keys checkpw/storing checkpw/digest checkpw/prepare checkpw/login_record \
           checkpw/mechanisms checkpw/users_db base/random

pop3-login = pop3d/pop3-login pop3d/login_settings pop3d/login_name pop3d/login_child \
             pop3d/login_channel pop3d/sasl pop3d/sasl_messages pop3d/login_parent \
             pop3d/login_messages pop3d/login_attempt pop3d/login_tls pop3d/login_log \
             pop3d/failed_login pop3d/old_logs pop3d/access_log pop3d/log_file pop3d/trace \
             pop3d/guesses pop3d/octet_locks pop3d/verifier pop3d/token_checker pop3d/mechanisms \
             pop3d/command pop3d/capabilities $(language) base/pass_fds base/tls_service \
             base/line_input base/output base/random base/spawn $(sandbox) $(base)
pop3d      = pop3d/pop3d pop3d/session_log pop3d/old_logs pop3d/access_log pop3d/log_file \
             pop3d/trace pop3d/uidl_change pop3d/settings pop3d/enter pop3d/session \
             pop3d/listings pop3d/retrieve pop3d/session_mangle $(mangler) pop3d/xtnd \
             pop3d/upload maildir/bulletin_text pop3d/utf8_header pop3d/mechanisms pop3d/command \
             pop3d/capabilities $(language) $(maildir) base/line_input base/output base/random \
             $(sandbox) $(base)
checkpw    = checkpw/checkpw checkpw/verify checkpw/policy checkpw/name_list checkpw/status \
             checkpw/become checkpw/no_pool $(store) base/spawn $(base)

conf       = pop3d/conf_table pop3d/conf_settings pop3d/conf_line pop3d/conf_names \
             pop3d/conf_qpopper pop3d/conf_tpops pop3d/conf_file pop3d/conf_read
pop3-env   = pop3d/pop3-env pop3d/conf_arguments $(conf) base/spawn $(base)
pop3-conf  = pop3d/pop3-conf pop3d/conf_sources pop3d/conf_run pop3d/tcp_rules $(conf) base/spawn \
             $(base)
pop3-record = checkpw/pop3-record $(store) $(base)

splogger   = scripts/splogger $(base)
pop3-stats = scripts/pop3-stats scripts/stats_input scripts/stats_line scripts/stats_json \
             scripts/stats_time scripts/stats_counts scripts/stats_tally scripts/stats_report \
             scripts/stats_metrics scripts/stats_script base/spawn base/random $(base)
maildir-deliver = maildir/maildir-deliver maildir/deliver maildir/wire base/output base/random \
                  $(base)
# Links between checkpw and pop3d.
link       = maildir/link maildir/lock maildir/directory maildir/name maildir/replace_file \
             base/random $(base)
bulletin   = maildir/bulletin_name maildir/bulletin_list maildir/bulletin_text
bulletins  = maildir/bulletins maildir/bulletin_round maildir/bulletin_delivery \
             maildir/bulletin_state $(bulletin) maildir/trash maildir/quota maildir/wire \
             base/output $(link)
bulletin-add = maildir/bulletin-add maildir/bulletin_publish $(bulletin) maildir/name \
               maildir/replace_file base/random $(base)
expire     = maildir/expire maildir/retention maildir/trash maildir/quota $(link)
last-login = pop3d/last-login pop3d/last_login_record pop3d/last_login_file $(link)
relay-allow = pop3d/relay-allow $(link)
poppassd   = pop3d/poppassd pop3d/poppassd_child pop3d/poppassd_parent pop3d/failed_login \
             pop3d/old_logs pop3d/login_settings \
             pop3d/login_tls pop3d/login_messages pop3d/mechanisms pop3d/guesses \
             pop3d/octet_locks pop3d/command pop3d/capabilities $(language) base/tls_service \
             base/pass_fds base/line_input base/output base/random base/spawn $(sandbox) $(base)
mangler    = pop3d/mangler pop3d/mangle_wish pop3d/runner base/pass_fds
filters    = pop3d/filters pop3d/runner_process pop3d/mangle_wish pop3d/command base/pass_fds \
             base/spawn $(link)
pop3-mangle = pop3d/pop3-mangle pop3d/mangle_message pop3d/mangle_parse pop3d/mangle_scan \
              pop3d/mangle_text pop3d/mangle_charset pop3d/html_text pop3d/html_references \
              pop3d/mangle_wish pop3d/command base/seccomp $(base)

apoppasswd = apoppasswd/apoppasswd apoppasswd/admin apoppasswd/own apoppasswd/secrets \
             apoppasswd/caller apoppasswd/prompt apoppasswd/transfer apoppasswd/note \
             checkpw/users_update checkpw/verify $(store) $(base)
maildir-uidl = maildir/maildir-uidl maildir/import maildir/old_uidls maildir/dovecot_uidlist \
               maildir/uidl_map maildir/name maildir/directory maildir/listing maildir/image \
               maildir/ids base/output $(base)

# All of tlsd but its main; what tls-accept needs is base's.
tlsd       = tls/tlsd tls/settings tls/master tls/listener tls/load tls/sources tls/names \
             tls/bundle tls/channel tls/ticket_keys tls/worker tls/crowd tls/rehearsal \
             tls/connection tls/request tls/relay tls/wire tls/facts tls/context tls/parameters \
             tls/openssl tls/tally base/random $(sandbox) $(base)
tls-accept = tls/tls-accept base/tls_service base/pass_fds $(base)
proxy-protocol = pop3d/proxy-protocol pop3d/proxy_reader pop3d/proxy_header pop3d/network \
                 pop3d/tcp_rules base/tls_service base/pass_fds base/spawn $(sandbox) $(base)

LIBS_checkpw = -lcdb -lbotan-2 -lidn -lcrypt -ldl -lpthread
# Botan and libcdb statically here too: a setuid program had better contain what it needs.
LIBS_apoppasswd = -l:libcdb.a -l:libbotan-2.a -l:libidn.a -lcrypt -ldl -lpthread
# Dynamic: tlsd starts once, and OpenSSL's corrections come by a restart.
LIBS_tlsd = -lssl -lcrypto
LIBS_pop3-conf = -lcdb
LIBS_pop3-record = $(LIBS_apoppasswd)
LIBS_pop3-mangle = -Wl,--as-needed -lgmime-3.0 -lgobject-2.0 -lglib-2.0
BOTAN = -isystem /usr/include/botan-2
GMIME = -isystem /usr/include/gmime-3.0 -isystem /usr/include/glib-2.0 -isystem /usr/lib/$(DEBIAN)/glib-2.0/include

all: $(PROGRAMS:%=$B/bin/%)

# --- how to link ------------------------------------------------------------------------

LINK = -s -Wl,--gc-sections,-z,relro,-z,now,--eh-frame-hdr
MUSL = /usr/lib/$(DEBIAN:gnu=musl)
GCC = $(shell dirname `$(CXX) -print-libgcc-file-name`)
GXX = $(shell $(CXX) -dumpversion)
# musl's headers in place of glibc's; the macro is what libstdc++ asks glibc with.
MUSL_HEADERS = -nostdinc -isystem /usr/include/c++/$(GXX) -isystem /usr/include/$(DEBIAN)/c++/$(GXX) \
               -isystem /usr/include/$(DEBIAN:gnu=musl) -isystem $(GCC)/include -isystem $B/kernel -D'__GLIBC_PREREQ(a,b)=0'

define link_musl
	@mkdir -p $(@D)
	@echo "  link     $@"
	$Q$(CXX) -static-pie -nostdlib $(LINK) -o $@ $(MUSL)/rcrt1.o $(MUSL)/crti.o $(GCC)/crtbeginS.o $^ \
	    -L$(MUSL) -Wl,--start-group -lsupc++ -lgcc -lgcc_eh -lc -Wl,--end-group $(GCC)/crtendS.o $(MUSL)/crtn.o
endef
define musl
$B/bin/$1: $(patsubst %,$B/musl/%.o,$($1) base/musl)
	$$(link_musl)
endef
define static
$B/bin/$1: $(patsubst %,$B/libc/%.o,$($1))
	@mkdir -p $$(@D)
	@echo "  link     $$@"
	$$Q$$(CXX) -static-pie $$(LINK) -o $$@ $$^ $$(LIBS_$1)
endef
define dynamic
$B/bin/$1: $(patsubst %,$B/libc/%.o,$($1))
	@mkdir -p $$(@D)
	@echo "  link     $$@"
	$$Q$$(CXX) -pie -static-libstdc++ -static-libgcc $$(LINK) $$(SANITIZE) -o $$@ $$^ $$(LIBS_$1)
endef
$(foreach p,$(MUSL_PROGRAMS),$(eval $(call musl,$p)))
$(foreach p,$(STATIC_PROGRAMS),$(eval $(call static,$p)))
$(foreach p,$(DYNAMIC_PROGRAMS),$(eval $(call dynamic,$p)))

COMPILE = $(CXX) $(CXXFLAGS) $(HARDEN) $(SMALL) $(SANITIZE) -I. -I$B -MMD -MP
$B/musl/%.o: %.cc Makefile | $B/conf_home.h $B/kernel
	@mkdir -p $(@D)
	@echo "  compile  $<"
	$Q$(COMPILE) $(MUSL_HEADERS) -c -o $@ $<
# Headers that are no C library's: the kernel's, and xxHash's, which is all in its header.
$B/kernel:
	@mkdir -p $@.new
	@ln -s /usr/include/linux /usr/include/asm-generic /usr/include/$(DEBIAN)/asm /usr/include/xxhash.h \
	    /usr/include/xxh3.h $@.new
	@mv $@.new $@
$B/libc/%.o: %.cc Makefile | $B/conf_home.h
	@mkdir -p $(@D)
	@echo "  compile  $<"
	$Q$(COMPILE) $(BOTAN) $(GMIME) -c -o $@ $<

# --- tests ------------------------------------------------------------------------------
# tests/X_test.cc is a program of unit tests, tests/fuzz/X.cc a libFuzzer target. All link all that
# has no main: the linker takes what each needs.

UNIT_TESTS = $(patsubst tests/%.cc,%,$(wildcard tests/*_test.cc))
FUZZERS = $(patsubst tests/fuzz/%.cc,%,$(wildcard tests/fuzz/*.cc))
MAINS = $(foreach p,$(PROGRAMS),$(firstword $($p)))
PARTS = $(sort $(filter-out $(MAINS) checkpw/no_pool,$(foreach p,$(PROGRAMS),$($p))))
TEST_LIBS = -lcdb -lbotan-2 -lidn -lssl -lcrypto -lcrypt -ldl -lpthread $(LIBS_pop3-mangle)

$B/libparts.a: $(PARTS:%=$B/libc/%.o)
	@rm -f $@
	$Qar rcs $@ $^
$B/test/%: $B/libc/tests/%.o $B/libc/tests/check.o $B/libparts.a
	@mkdir -p $(@D)
	@echo "  link     $@"
	$Q$(CXX) -pie $(SANITIZE) -o $@ $^ $(TEST_LIBS)

# The programs that read the network, each with a hole through which tests/sandbox.bats tries to
# break out: the linker puts tests/hole/hole.cc in the place of the parser of commands.
HOLES = $(HOLED:%=$B/hole/%) $B/hole/without
HOLED = pop3-login pop3d poppassd
define hole
$B/hole/$1: $(patsubst %,$B/musl/%.o,$($1) base/musl tests/hole/hole)
	$$(link_musl)
endef
$(foreach p,$(HOLED),$(eval $(call hole,$p)))
$B/hole/%: LINK += -Wl,--wrap=_ZN5pop3d13parse_commandESt17basic_string_viewIcSt11char_traitsIcEE
$B/hole/without: tests/hole/without.cc
	@mkdir -p $(@D)
	@echo "  link     $@"
	$Q$(CXX) $(CXXFLAGS) -o $@ $<

# A client on GNU SASL, for tests/sasl.bats.
CLIENTS = $B/test/gsasl_client $B/test/tracer
$B/test/gsasl_client: tests/gsasl_client.cc
	@mkdir -p $(@D)
	@echo "  link     $@"
	$Q$(CXX) $(CXXFLAGS) -o $@ $< -lgsasl -lssl -lcrypto

# Kills programs at their system calls, for tests/survival.
$B/test/tracer: $B/libc/tests/survival/tracer.o $B/libc/tests/survival/recorder.o
	@mkdir -p $(@D)
	@echo "  link     $@"
	$Q$(CXX) -pie -o $@ $^

# Written only when it changes, so that a new conf-home rebuilds just what it is compiled into.
$B/conf_home.h: conf-home
	@mkdir -p $B
	@echo '#define CONF_HOME "$(HOME_DIR)"' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
	@touch $@
-include $(shell find $B -name '*.d' 2>/dev/null)

# --- what to do with them -----------------------------------------------------------------

FUZZ_SECONDS = 60
# $B/fuzz/X: the targets with every check of the compiler's; $B/cover/X: the same for coverage, what
# the seeds reach.
CLANG = clang++ -O1 -std=c++20 -I. -I$B $(BOTAN) $(GMIME)
CLANG_fuzz = -gline-tables-only -fsanitize=address,undefined -fno-sanitize-recover=undefined
CLANG_cover = -g -fprofile-instr-generate -fcoverage-mapping
define clang
$B/$1/%.o: %.cc Makefile | $B/conf_home.h
	@mkdir -p $$(@D)
	@echo "  $1     $$<"
	$$Q$$(CLANG) $$(CLANG_$1) $(if $(filter fuzz,$1),-fsanitize=fuzzer-no-link) -MMD -MP -c -o $$@ $$<
$B/$1/libparts.a: $(PARTS:%=$B/$1/%.o)
	@rm -f $$@
	$$Qar rcs $$@ $$^
$B/$1/%: $B/$1/tests/fuzz/%.o $B/$1/libparts.a
	@echo "  link     $$@"
	$$Q$$(CLANG) $$(CLANG_$1) -fsanitize=fuzzer -o $$@ $$^ $$(TEST_LIBS)
endef
$(foreach what,fuzz cover,$(eval $(call clang,$(what))))

.PHONY: all packages check fuzz fuzz-coverage crash faults powerloss race hostile soak asan size run install uninstall clean
.PRECIOUS: $B/musl/%.o $B/libc/%.o $B/fuzz/%.o $B/fuzz/libparts.a $B/cover/%.o $B/cover/libparts.a

# fail2ban is only unpacked, for its filters; without it the tests that want them are skipped.
packages:
	@scripts/packages
	@tests/unpack fail2ban >/dev/null 2>&1 || true

# In two steps, since without the packages there is not even a compiler to ask for its version.
check: packages
	@$(MAKE) --no-print-directory -j2 all $(UNIT_TESTS:%=$B/test/%) $(FUZZERS:%=$B/fuzz/%) $(HOLES) $(CLIENTS)
	@BUILD=$B tests/run

fuzz: packages
	@$(MAKE) --no-print-directory -j2 $(FUZZERS:%=$B/fuzz/%)
	@tests/fuzz/all $B/fuzz $(FUZZ_SECONDS) $(FUZZERS)

fuzz-coverage: packages
	@$(MAKE) --no-print-directory -j2 $(FUZZERS:%=$B/cover/%)
	@tests/fuzz/coverage $B/cover $(FUZZERS)

# Each system call is the last one, or fails; or the power goes behind it (tests/survival).
SURVIVAL_SECONDS = 600
crash faults powerloss: packages
	@$(MAKE) --no-print-directory -j2 all $B/test/tracer
	@python3 tests/survival/$(if $(filter powerloss,$@),powerloss.py,points.py $@) $B/bin --seconds $(SURVIVAL_SECONDS)

# Others work on the Maildir at the same time: Debian's maildrop and Dovecot, unpacked.
RACE_SECONDS = 270
race: packages
	@$(MAKE) --no-print-directory -j2 all $B/test/tracer
	@python3 tests/survival/race.py $B/bin --seconds $(RACE_SECONDS)

# Hostile clients and mailboxes at full size, with what each cost; and sessions that end in every way.
hostile: packages
	@$(MAKE) --no-print-directory -j2 all
	@HOSTILE_LONG=1 BIN='$(abspath $B)/bin' tests/run hostile.bats

SOAK_SESSIONS = 200000
SOAK_SECONDS = 1500
soak: packages
	@$(MAKE) --no-print-directory -j2 all
	@python3 tests/survival/soak.py $B/bin --sessions $(SOAK_SESSIONS) --seconds $(SOAK_SECONDS)

# The programs and tests again with every check of the compiler's; all that musl would not link.
asan:
	@$(MAKE) --no-print-directory B=build-asan SANITIZE='-fsanitize=address,undefined' \
	    MUSL_PROGRAMS= STATIC_PROGRAMS= DYNAMIC_PROGRAMS='$(PROGRAMS)' \
	    all $(UNIT_TESTS:%=build-asan/test/%) build-asan/test/gsasl_client
	@BUILD=build-asan ASAN_OPTIONS=detect_leaks=0 tests/run

size: all $B/test/start_cost
	@$B/test/start_cost $(PROGRAMS:%=$B/bin/%)
$B/test/start_cost: tests/bench/start_cost.cc
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -o $@ $<

run: packages
	@$(MAKE) --no-print-directory all
	@scripts/demo $B/bin

MAN_PAGES = $(wildcard */*.[1-8])

# Accounts are made only when this machine itself is installed on, as root: DESTDIR is for packages.
install: all
	@DESTDIR='$(DESTDIR)' HOME_DIR='$(HOME_DIR)' scripts/install $B/bin '$(PROGRAMS)' '$(MAN_PAGES)'

uninstall:
	@DESTDIR='$(DESTDIR)' HOME_DIR='$(HOME_DIR)' scripts/install --remove '$(PROGRAMS)' '$(MAN_PAGES)'

clean:
	rm -rf build build-*
