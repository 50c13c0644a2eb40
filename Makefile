# popchain. The targets: all (default), check, run, install, uninstall, clean, size, asan, fuzz.
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
MUSL_PROGRAMS = pop3-login pop3d splogger maildir-deliver
# The others use glibc and libstdc++; checkpw, executed per session too, is static because a
# dynamic Botan costs 8 ms.
STATIC_PROGRAMS = checkpw
DYNAMIC_PROGRAMS = apoppasswd maildir-uidl
PROGRAMS = $(MUSL_PROGRAMS) $(STATIC_PROGRAMS) $(DYNAMIC_PROGRAMS)

base     = base/failure base/fd base/env base/log base/privilege
maildir  = maildir/name maildir/wire maildir/stamp maildir/directory maildir/measure maildir/listing \
           maildir/image maildir/index_file maildir/make_image maildir/mailbox maildir/whereabouts maildir/uidl_map \
           maildir/import maildir/old_uidls maildir/dovecot_uidlist maildir/lock maildir/quota maildir/watch maildir/update maildir/clean
store    = checkpw/account checkpw/schemes checkpw/users_db

pop3-login = pop3d/pop3-login pop3d/login_child pop3d/login_parent pop3d/login_messages pop3d/verifier \
             pop3d/command pop3d/capabilities base/line_input base/output base/random base/spawn $(base)
pop3d      = pop3d/pop3d pop3d/settings pop3d/enter pop3d/session pop3d/listings pop3d/retrieve pop3d/command pop3d/capabilities $(maildir) \
             base/line_input base/output base/random $(base)
checkpw    = checkpw/checkpw checkpw/login_record checkpw/verify checkpw/policy checkpw/status \
             checkpw/become checkpw/no_pool $(store) base/spawn $(base)

splogger   = scripts/splogger $(base)
maildir-deliver = maildir/maildir-deliver maildir/deliver maildir/wire base/output base/random $(base)
apoppasswd = apoppasswd/apoppasswd apoppasswd/admin apoppasswd/caller apoppasswd/prompt apoppasswd/transfer \
             checkpw/users_update $(store) base/random $(base)
maildir-uidl = maildir/maildir-uidl maildir/import maildir/old_uidls maildir/dovecot_uidlist \
               maildir/uidl_map maildir/name base/output $(base)

LIBS_checkpw = -lcdb -lbotan-2 -lcrypt -ldl -lpthread
# Botan and libcdb statically here too: a setuid program had better contain what it needs.
LIBS_apoppasswd = -l:libcdb.a -l:libbotan-2.a -lcrypt -ldl -lpthread
BOTAN = -isystem /usr/include/botan-2

all: $(PROGRAMS:%=$B/bin/%)

# --- how to link ------------------------------------------------------------------------

LINK = -s -Wl,--gc-sections,-z,relro,-z,now,--eh-frame-hdr
MUSL = /usr/lib/$(DEBIAN:gnu=musl)
GCC = $(shell dirname `$(CXX) -print-libgcc-file-name`)
GXX = $(shell $(CXX) -dumpversion)
# musl's headers in place of glibc's; the macro is what libstdc++ asks glibc with.
MUSL_HEADERS = -nostdinc -isystem /usr/include/c++/$(GXX) -isystem /usr/include/$(DEBIAN)/c++/$(GXX) \
               -isystem /usr/include/$(DEBIAN:gnu=musl) -isystem $(GCC)/include -isystem $B/kernel -D'__GLIBC_PREREQ(a,b)=0'

define musl
$B/bin/$1: $(patsubst %,$B/musl/%.o,$($1) base/musl)
	@mkdir -p $$(@D)
	@echo "  link     $$@"
	$$Q$$(CXX) -static-pie -nostdlib $$(LINK) -o $$@ $$(MUSL)/rcrt1.o $$(MUSL)/crti.o $$(GCC)/crtbeginS.o $$^ \
	    -L$$(MUSL) -Wl,--start-group -lsupc++ -lgcc -lgcc_eh -lc -Wl,--end-group $$(GCC)/crtendS.o $$(MUSL)/crtn.o
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
	$Q$(COMPILE) $(BOTAN) -c -o $@ $<

# --- tests ------------------------------------------------------------------------------
# tests/X_test.cc is a program of unit tests, tests/fuzz/X.cc a libFuzzer target. All link all that
# has no main: the linker takes what each needs.

UNIT_TESTS = $(patsubst tests/%.cc,%,$(wildcard tests/*_test.cc))
FUZZERS = $(patsubst tests/fuzz/%.cc,%,$(wildcard tests/fuzz/*.cc))
MAINS = $(foreach p,$(PROGRAMS),$(firstword $($p)))
PARTS = $(sort $(filter-out $(MAINS) checkpw/no_pool,$(foreach p,$(PROGRAMS),$($p))))
TEST_LIBS = -lcdb -lbotan-2 -lcrypt -ldl -lpthread

$B/libparts.a: $(PARTS:%=$B/libc/%.o)
	@rm -f $@
	$Qar rcs $@ $^
$B/test/%: $B/libc/tests/%.o $B/libc/tests/check.o $B/libparts.a
	@mkdir -p $(@D)
	@echo "  link     $@"
	$Q$(CXX) -pie $(SANITIZE) -o $@ $^ $(TEST_LIBS)

# Written only when it changes, so that a new conf-home rebuilds just what it is compiled into.
$B/conf_home.h: conf-home
	@mkdir -p $B
	@echo '#define CONF_HOME "$(HOME_DIR)"' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
	@touch $@
-include $(shell find $B -name '*.d' 2>/dev/null)

# --- what to do with them -----------------------------------------------------------------

FUZZ_SECONDS = 60
FUZZ_CXX = clang++ -O1 -g -std=c++20 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
           -I. -I$B $(BOTAN)
$B/fuzz/%.o: %.cc Makefile | $B/conf_home.h
	@mkdir -p $(@D)
	@echo "  fuzzer   $<"
	$Q$(FUZZ_CXX) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
$B/fuzz/libparts.a: $(PARTS:%=$B/fuzz/%.o)
	@rm -f $@
	$Qar rcs $@ $^
$B/fuzz/%: $B/fuzz/tests/fuzz/%.o $B/fuzz/libparts.a
	@echo "  link     $@"
	$Q$(FUZZ_CXX) -fsanitize=fuzzer -o $@ $^ $(TEST_LIBS)

.PHONY: all packages check fuzz asan size run install uninstall clean
.PRECIOUS: $B/musl/%.o $B/libc/%.o $B/fuzz/%.o $B/fuzz/libparts.a

packages:
	@scripts/packages

# In two steps, since without the packages there is not even a compiler to ask for its version.
check: packages
	@$(MAKE) --no-print-directory -j2 all $(UNIT_TESTS:%=$B/test/%) $(FUZZERS:%=$B/fuzz/%)
	@BUILD=$B tests/run

fuzz: packages
	@$(MAKE) --no-print-directory -j2 $(FUZZERS:%=$B/fuzz/%)
	@for f in $(FUZZERS); do tests/fuzz/run $B/fuzz/$$f $(FUZZ_SECONDS) || exit 1; done

# The programs and tests again with every check of the compiler's; all that musl would not link.
asan:
	@$(MAKE) --no-print-directory B=build-asan SANITIZE='-fsanitize=address,undefined' \
	    MUSL_PROGRAMS= STATIC_PROGRAMS= DYNAMIC_PROGRAMS='$(PROGRAMS)' \
	    all $(UNIT_TESTS:%=build-asan/test/%)
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
