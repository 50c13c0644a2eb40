// SPDX-License-Identifier: ISC
// The table itself. A new setting is one line here, one in pop3-settings(5), and its program's
// manual page; numbers are what the program's own env_number says.
#include "conf_home.h"
#include "pop3d/conf_table.h"

namespace pop3d {

namespace {

using enum UserRule;
constexpr Levels run = by_service, service = run | by_file, login = service | by_address, account = login | by_record,
                 session = account | by_directory, user = session | by_user, told = 0;

constexpr Setting number(const char* name, std::uint64_t least, std::uint64_t most, const char* otherwise, Levels levels,
                         const char* readers, const char* what, UserRule rule = anything) {
  return {name, Kind::number, least, most, "", otherwise, levels, rule, readers, what};
}
constexpr Setting toggle(const char* name, const char* otherwise, Levels levels, const char* readers, const char* what,
                         UserRule rule = anything) {
  return {name, Kind::toggle, 0, 1, "", otherwise, levels, rule, readers, what};
}
constexpr Setting word(const char* name, const char* words, const char* otherwise, Levels levels, const char* readers,
                       const char* what) {
  return {name, Kind::word, 0, 0, words, otherwise, levels, anything, readers, what};
}
constexpr Setting of(Kind kind, const char* name, const char* otherwise, Levels levels, const char* readers,
                     const char* what, const char* words = "") {
  return {name, kind, 0, 0, words, otherwise, levels, anything, readers, what};
}
using Kind::command, Kind::log_login, Kind::path, Kind::place, Kind::text, Kind::words;

constexpr std::uint64_t largest_id = 0xfffffffe;
constexpr char mechanisms[] = "apop scram-sha-256 external oauthbearer xoauth2 cram-md5 plain login user";

constexpr Setting table[] = {
    // The service, and who reads the network.
    of(place, "HOME_DIR", CONF_HOME, run, "run", "where popchain is installed"),
    of(text, "PATH", CONF_HOME "/bin:...", run, "run", "where programs are looked for"),
    of(text, "IP", "0", run, "run", "the address to listen on; 0: all"),
    of(text, "PORT", "110", run, "run", "the port to listen on"),
    number("CONCURRENCY", 1, 1000000, "400", run, "run", "connections at one time"),
    of(text, "HOST", "`uname -n`", run, "run", "the host in the greeting's timestamp", "<>@ "),
    of(text, "ACCOUNT", "popnull", run, "run", "who reads the network"),
    of(text, "LOG_ACCOUNT", "poplog", run, "run", "who writes the log"),
    of(place, "USERS", CONF_HOME "/etc/users/users.cdb", run, "run", "the database of users"),
    of(place, "TCP_RULES", CONF_HOME "/etc/tcp.cdb", run, "run", "who may connect, and settings by address"),
    of(place, "CONFIG", "", run, "run", "pop3-env's file: the service's settings in Qpopper's or TPOPS's form"),
    of(place, "USER_CONFIG", "", run, "run", "pop3-env -u's file in the user's home"),
    of(path, "USER_DIRECTORY", "", run, "run", "pop3-env -d's directory, a file for each login"),
    of(place, "CERTIFICATES", CONF_HOME "/etc/tls", run, "run", "tlsd's certificates and keys"),
    of(place, "TLS_SOCKET", CONF_HOME "/run/tlsd", run, "run", "tlsd's socket"),
    number("UID", 1, largest_id, "", run, "pop3-login checkpw tlsd", "the uid of what reads the network"),
    number("GID", 1, largest_id, "", run, "pop3-login tlsd", "its gid"),
    of(place, "ROOT", CONF_HOME "/empty", run, "pop3-login tlsd", "its root directory, empty"),
    word("POP3_SANDBOX", "on off require", "on", login, "pop3-login pop3d tlsd", "what the kernel forbids"),
    of(place, "SPLOGGER_SOCKET", "/dev/log", run, "splogger", "the socket of syslog"),

    // Before the login.
    of(text, "POP3_GREETING", "POP3 ready", login, "pop3-login", "text of the greeting", "<>"),
    toggle("POP3_SHY", "1", login, "pop3-login", "0: name and version in the greeting and CAPA"),
    number("POP3_LOGIN_TIMEOUT", 1, 86400, "180", login, "pop3-login", "seconds for all of AUTHORIZATION"),
    number("POP3_TRIES", 1, 1000, "3", login, "pop3-login", "logins that may fail in a connection"),
    number("POP3_ERROR_INTERVAL", 0, 60, "2", login, "pop3-login", "seconds until a refusal is answered"),
    number("POP3_COMMAND_ERROR_INTERVAL", 0, 5, "0", session, "pop3-login pop3d", "seconds until any other -ERR is sent"),
    of(place, "POP3_GUESSES", "", login, "pop3-login", "file that remembers failures by address"),
    number("POP3_DELAY_MAX", 0, 600, "30", login, "pop3-login", "the longest delay for a guesser, seconds"),
    number("POP3_PER_ADDRESS", 0, 65536, "50", login, "pop3-login", "connections of an address; 0: no limit"),
    number("POP3_VERIFIERS", 0, 4096, "32", login, "pop3-login", "verifiers at one time; 0: no limit"),
    word("POP3_CLEARTEXT", "default never always local tls", "", login, "pop3-login checkpw",
         "when passwords may come in clear; unset: TLS, this machine, INTRANET"),
    of(text, "INTRANET", "", login, "pop3-login", "set, even to nothing: passwords in clear from here"),
    of(words, "POP3_MECHANISMS", "all but cram-md5", login, "pop3-login", "ways to log in", mechanisms),
    word("POP3_CRAM_ORDER", "response challenge", "response", login, "pop3-login", "CRAM-MD5's order on descriptor 3"),
    of(command, "POP3_OAUTH", "", login, "pop3-login", "the program that checks tokens"),
    word("POP3_TLS", "none stls implicit", "", login, "pop3-login", "where TLS begins; unset: stls if tlsd is there"),
    of(place, "POP3_TLS_SOCKET", CONF_HOME "/run/tlsd", login, "pop3-login", "the socket of tlsd"),
    toggle("POP3_DOWNCASE_USER", "0", login, "pop3-login", "1: login names are put in lower case"),
    toggle("POP3_TRIM_DOMAIN", "0", login, "pop3-login", "1: login names are cut at the first @"),
    of(text, "POP3_DOMAIN", "", login, "pop3-login", "added to login names without @, % and +", "/: "),
    toggle("POP3_NO_MIME_SUFFIX", "0", login, "pop3-login", "1: NAME-no-mime logs in as NAME, mangled"),
    number("POP3_CONNECTION_TIME", 0, 86400, "0", login, "pop3-login pop3d",
           "seconds that a connection may last; 0: no limit"),

    // The login.
    number("BLOCK_UID", 0, largest_id, "99", login, "checkpw poppassd", "this uid and those below get no mail"),
    of(path, "POP3_AUTH_FILE", "", login, "checkpw", "file of logins: only these"),
    of(path, "POP3_NONAUTH_FILE", "", login, "checkpw", "file of logins: not these"),
    toggle("POP3_CHECK_SHELL", "0", login, "checkpw", "1: the shell must be in /etc/shells"),
    toggle("POP3_ENABLED", "1", account, "checkpw", "0: no POP3"),
    of(words, "POP3_REQUIRE", "", account, "checkpw", "what the login has to come by", "tls apop"),

    // Links between checkpw and pop3d.
    number("POP3_LOGIN_DELAY", 0, 86400, "0", session, "pop3-login last-login pop3d",
           "seconds between two logins, announced; 0: none"),
    {"POP3_EXPIRE", Kind::number, 0, 36500, "never", "", session, anything, "pop3-login expire pop3d",
     "days that mail is kept; announced"},
    number("POP3_MAX_BULLETINS", 0, 1000, "1", user, "bulletins", "how many a new user gets"),
    toggle("POP3_GROUP_BULLETINS", "0", session, "bulletins", "1: number.group.name is for that group"),
    of(path, "POP3_POPBULL_DIR", "", session, "bulletins", "directory of the states, for all users"),
    of(path, "RELAY_CTRL_DIR", "", session, "relay-allow", "directory of the addresses that may relay"),

    // The mailbox.
    of(place, "MAILDIR", "", by_directory | by_record, "pop3d", "the Maildir; wins over the argument"),
    toggle("POP3_MAILDIR_CREATE", "0", session, "pop3d", "1: makes the Maildir"),
    word("POP3_SIZES", "exact name file", "exact", session, "pop3d", "where sizes come from"),
    toggle("POP3_INDEX", "1", session, "pop3d", "0: without the index"),
    toggle("POP3_LOCK", "1", session, "pop3d", "0: several sessions at a time"),
    of(text, "POP3_UIDL_IMPORT", "", session, "pop3d", "the server whose unique-ids are taken over"),
    word("POP3_DELETE", "unlink trash", "unlink", user, "pop3d", "what becomes of deleted messages"),
    toggle("POP3_MARK_SEEN", "1", user, "pop3d", "0: what was retrieved gets no S"),
    toggle("POP3_MOVE_NEW", "1", user, "pop3d", "0: new/ is not emptied into cur/"),
    toggle("POP3_SYNC", "0", session, "pop3d", "1: QUIT's changes are on the disk before its answer"),
    toggle("POP3_UPDATE_ON_ABORT", "0", session, "pop3d", "1: UPDATE without QUIT"),
    toggle("POP3_AUTO_DELETE", "0", user, "pop3-login pop3d", "1: QUIT deletes what was retrieved", only_0),
    toggle("POP3_READ_ONLY", "0", user, "pop3-login pop3d", "1: nothing is changed", only_1),

    // The session.
    number("POP3_TIMEOUT", 1, 86400, "600", user, "pop3d", "seconds of silence", lower),
    number("POP3_WRITE_TIMEOUT", 1, 86400, "POP3_TIMEOUT", user, "pop3d", "seconds without progress of an answer", lower),
    number("POP3_BAD_COMMANDS", 1, 1000000, "20", session, "pop3-login pop3d", "bad commands that end it"),
    of(text, "POP3_LANGUAGE", "en", session, "pop3-login pop3d", "what LANG * means: en, de, fr or ja"),
    toggle("POP3_UTF8_REQUIRED", "0", session, "pop3d", "1: UTF-8 in headers only for clients that said UTF8"),
    toggle("POP3_NO_MIME", "0", user, "pop3-login pop3d", "1: all messages are mangled"),
    of(command, "POP3_MANGLE", "", session, "pop3d", "the filter of X-MANGLE"),
    of(command, "POP3_MAIL_COMMAND", "", session, "pop3d", "sends what XTND XMIT brings"),
    number("POP3_XMIT_MAX", 1, 1073741824, "26214400", session, "pop3d", "octets of a message that XTND XMIT takes"),

    // Logs.
    word("POP3_LOG", "kv json qpopper tpops", "kv", session, "all", "the form of log lines"),
    of(log_login, "POP3_LOG_LOGIN", "", session, "pop3-login pop3d", "Qpopper's line for a login"),
    of(path, "POP3_ACCESS_LOG", "", session, "pop3-login pop3d", "file of TPOPS's access log"),
    toggle("POP3_STATISTICS", "0", session, "pop3d", "1: Qpopper's line of statistics"),
    toggle("POP3_TIMING", "0", session, "pop3d", "1: what took how long"),
    toggle("POP3_LOG_DELETED", "0", session, "pop3d", "1: ids of deleted messages"),
    toggle("POP3_LOG_UIDL_CHANGE", "0", session, "pop3d", "1: ids that have changed"),
    of(path, "POP3_TRACE", "", session, "pop3-login pop3d", "file of a trace, secrets masked"),

    // TLS.
    number("TLS_WORKERS", 1, 64, "a core's", service, "tlsd", "processes"),
    number("TLS_CONNECTIONS", 1, 100000, "4000", service, "tlsd", "connections of a process"),
    number("TLS_PENDING", 1, 100000, "1000", service, "tlsd", "of them, handshakes under way"),
    number("TLS_HANDSHAKE_TIMEOUT", 1, 120, "15", service, "tlsd", "seconds"),
    word("TLS_MIN_VERSION", "TLSv1.3 TLSv1.2 TLSv1.1 TLSv1", "TLSv1.2", service, "tlsd", "the lowest version"),
    of(text, "TLS_CIPHERS", "", service, "tlsd", "ciphers for TLS 1.2 and below; unset: modern ones"),

    // What programs tell each other.
    of(text, "POP3_SESSION", "", told, "all", "the session's id"),
    of(text, "POP3_AUTH", "", told, "checkpw last-login", "how the client logs in"),
    of(text, "POP3_OFFERED", "", told, "pop3d", "how it could"),
    of(text, "POP3_STATUS_FD", "", told, "checkpw", "where pop3-login listens"),
    of(text, "POP3_STARTED", "", told, "pop3d", "when the connection began"),
    of(text, "POP3_LANG", "", told, "pop3d", "the language that the client chose"),
    of(text, "POP3_UTF8", "", told, "pop3d", "1: it said UTF8"),
    of(text, "POP3_LITERAL_LOGIN", "", told, "checkpw", "the login with its -no-mime"),
    of(text, "POP3_ACCESS_LOG_FD", "", told, "pop3d", "where the access log is open"),
    of(text, "POP3_TRACE_FD", "", told, "pop3d", "where the trace goes"),
    of(text, "POP3_RECORD", "", told, "pop3-env", "settings that the record has decided"),
    of(text, "POP3_RUNNER_FD", "", told, "pop3d", "where filters run"),
    of(text, "POP3_SECRET_NAME", "", told, "links", "which secret it was"),
    of(text, "TLS_PROTOCOL", "", told, "pop3-login last-login", "the version of TLS, if it has begun"),
    of(text, "TLS_CIPHER", "", told, "logs", "its cipher"),
    of(text, "TLS_SERVER_NAME", "", told, "logs", "the host that the client asked for"),
    of(text, "TLS_ALPN", "", told, "logs", "the protocol that it asked for"),
    of(text, "TLS_RESUMED", "", told, "logs", "1: an earlier connection goes on"),
    of(text, "TLS_CLIENT_NAME", "", told, "pop3-login", "the name in the client's certificate"),
    of(text, "TLS_CLIENT_CERTIFICATE", "", told, "pop3-login", "its SHA-256"),
    of(text, "SSL_PROTOCOL", "", told, "pop3-login", "likewise, from sslserver"),
    of(text, "SSLCTLFD", "", told, "pop3-login", "UCSPI-TLS"),
    of(text, "SSLREADFD", "", told, "pop3-login", "UCSPI-TLS"),
    of(text, "SSLWRITEFD", "", told, "pop3-login", "UCSPI-TLS"),
    of(text, "PROTO", "", told, "pop3-login pop3-env last-login", "what kind of connection it is"),
    of(text, "TCPREMOTEIP", "", told, "all", "the client's address"),
    of(text, "TCPREMOTEHOST", "", told, "proxy-protocol", "its name, if the listener looks it up"),
    of(text, "TCPREMOTEINFO", "", told, "proxy-protocol", "what IDENT says"),
    of(text, "TCPLOCALPORT", "", told, "last-login", "our port"),
    of(text, "RELAY_CTRL_DIR_FD", "", told, "relay-allow", "descriptor of relay-ctrl's directory"),
    of(text, "USER", "", told, "links pop3d", "the login"),
    of(text, "HOME", "", told, "links", "the user's home"),
    of(text, "SHELL", "", told, "links", "the user's shell"),
};

}  // namespace

std::span<const Setting> settings() { return table; }

}  // namespace pop3d
