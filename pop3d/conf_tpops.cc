// SPDX-License-Identifier: ISC
// The parameters of TPOPS 0.8's tpops.conf, and the configure flags of Qpopper 4.0.
#include "pop3d/conf_names.h"

namespace pop3d {

namespace {

using enum Type;

constexpr ForeignName acts(const char* name, Type type, const char* setting, const char* meanings = "") {
  return {name, type, setting, "", meanings};
}
constexpr ForeignName idle(const char* name, Type type, const char* instead, const char* meanings = "") {
  return {name, type, "", instead, meanings};
}

constexpr char one_process[] = "each connection has processes of its own: tcpserver(1)'s -c limits how many";
constexpr char sql[] = "a verifier for SQL in the place of checkpw(8)";
constexpr char facilities[] = "none= auth= authpriv= cron= daemon= ftp= kern= lpr= mail= news= security= syslog= user= "
                              "uucp= local0= local1= local2= local3= local4= local5= local6= local7=";

constexpr ForeignName parameters[] = {
    acts("config", string, ""),
    idle("port", string, "tcpserver(1)'s address and port"),
    idle("hostname", string, "pop3-login(8)'s first argument"),
    acts("connection-keep-time", integer, "POP3_CONNECTION_TIME"),
    acts("command-timeout", integer, "POP3_TIMEOUT"),
    idle("inetd", flag, "all programs work on descriptors 0 and 1"),
    idle("fg", flag, "all programs stay in the foreground"),
    idle("version", flag, "CAPA with POP3_SHY=0 says it"),
    idle("debug", flag, "POP3_TRACE names the file of a trace: pop3-settings(5)"),
    acts("access-log", string, "POP3_ACCESS_LOG"),
    idle("error-log", string, "descriptor 2: errors are lines of the log"),
    idle("pid-file", string, "supervise(8) knows the process: svc(8)"),
    idle("user", string, "envuidgid(8) before tcpserver(1), for what reads the network; a user's mail is served as him"),
    idle("group", string, "envuidgid(8) before tcpserver(1), for what reads the network; a user's mail is served as him"),
    idle("syslog", words, "splogger(8)'s second argument", facilities),
    idle("auth-type", words, "the verifier that pop3-login(8) is told to run", "passwd= mysql="),
    idle("mailbox-type", words, "the program behind checkpw(8)", "maildir= proxy="),
    idle("parallel-type", words, one_process, "prefork= fork= thread="),
    acts("domain", string, "POP3_DOMAIN"),
    acts("error-interval", integer, "POP3_ERROR_INTERVAL"),
    idle("min-servers", integer, one_process),
    idle("max-servers", integer, one_process),
    idle("max-use", integer, one_process),
    idle("max-idle", integer, one_process),
    idle("apop-passwd-file", string, "checkpw(8)'s -f; apoppasswd(1) imports"),
    idle("maildir", string, "the argument of pop3d(8), or the Maildir in users.cdb(5)"),
    idle("mysql-server", string, sql),
    idle("mysql-user", string, sql),
    idle("mysql-passwd", string, sql),
    idle("mysql-db", string, sql),
    idle("mysql-auth-query", string, sql),
    idle("mysql-crypt-passwd", words, sql, "no= yes= crypt= sha="),
    acts("maildir-use-filesize", boolean, "POP3_SIZES"),
    acts("maildir-extended", boolean, "POP3_SIZES"),
    acts("maildir-lock", boolean, "POP3_LOCK"),
    acts("maildir-uidl-convert", boolean, "POP3_UIDL_IMPORT"),
    idle("pop-server", string, "a proxy in the place of pop3d(8)"),
};

constexpr ConfigureFlag runtime(const char* name, const char* option, const char* value = "") {
  return {name, option, "", value};
}
constexpr ConfigureFlag built(const char* name, const char* instead) { return {name, "", instead}; }

constexpr char no_kerberos[] = "TLS, SCRAM and APOP: pop3-login(8)";
constexpr char no_compiling[] = "nothing of this kind is compiled in";

constexpr ConfigureFlag flags[] = {
    runtime("status", "update-status-headers"),
    runtime("old-spool-loc", "check-old-spool-loc"),
    built("any-kerberos-principal", no_kerberos),
    built("apop", "users.cdb(5): checkpw(8)'s -f"),
    runtime("auth-file", "auth-file"),
    runtime("auto-delete", "auto-delete"),
    runtime("bulldb", "BULLDB"),
    runtime("bulletins", "bulldir", "/var/spool/bulls"),
    built("debugging", "POP3_TRACE names the file of a trace: pop3-settings(5)"),
    runtime("cache-dir", "cache-dir"),
    runtime("check-hash-dir", "check-hash-dir"),
    runtime("hash-dir-check", "check-hash-dir"),
    runtime("check-pw-max", "check-password-expired"),
    runtime("group-bulls", "group-bulletins"),
    runtime("hash-spool", "hash-spool"),
    runtime("home-dir-mail", "home-dir-mail", ".mail"),
    runtime("home-dir-misc", "home-dir-misc"),
    runtime("keep-temp-drop", "keep-temp-drop"),
    built("ksockinst", no_kerberos),
    built("kuserok", no_kerberos),
    runtime("log-facility", "log-facility"),
    runtime("log-login", "log-login", "(v%0) POP login by user \"%1\" at (%2) %3"),
    built("low-debug", "programs can be run by hand, on descriptors 0 and 1"),
    runtime("new-bulls", "max-bulletins"),
    runtime("nonauth-file", "nonauth-file"),
    runtime("old-uidl", "old-style-uid"),
    built("optimizations", "CXXFLAGS of the Makefile"),
    runtime("popbulldir", "POP3_POPBULL_DIR"),
    built("poppassd", "a service of its own"),
    built("popuid", "the owner of users.cdb(5)"),
    built("scram", "SCRAM-SHA-256: POP3_MECHANISMS"),
    built("secure-nis-plus", no_compiling),
    runtime("server-mode", "server-mode"),
    runtime("servermode", "server-mode"),
    runtime("server-mode-group-exclude", "group-no-server-mode"),
    runtime("server-mode-group-include", "group-server-mode"),
    runtime("shy", "shy"),
    built("specialauth", "users.cdb(5) has secrets of its own"),
    runtime("spool-dir", "spool-dir"),
    built("standalone", "tcpserver(1) listens"),
    runtime("temp-drop-dir", "temp-dir"),
    runtime("timing", "timing"),
    runtime("uw-kludge", "UW-kludge"),
    runtime("uw-kluge", "UW-kluge"),
    runtime("drac", "drac-host", "localhost"),
    runtime("update-abort", "update-on-abort"),
    built("kerberos5", no_kerberos),
    built("openssl", "tlsd(8)"),
    built("sslplus", "tlsd(8)"),
    built("sslplus-crypto", "tlsd(8)"),
    built("gdbm", "users.cdb(5) is a CDB"),
    built("pam", "a verifier for PAM in the place of checkpw(8)"),
    built("warnings", no_compiling),
};

}  // namespace

std::span<const ForeignName> tpops_parameters() { return parameters; }
std::span<const ConfigureFlag> configure_flags() { return flags; }

}  // namespace pop3d
