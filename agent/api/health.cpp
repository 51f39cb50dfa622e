#include <git2/version.h>
#include <openssl/opensslv.h>
#include <simdjson.h>
#include <sqlite3.h>
#include <boost/version.hpp>

#include "agent/api/context.h"

namespace govseal {
namespace {

/// Boost writes "1_81".
std::string boost_version() {
  std::string text = BOOST_LIB_VERSION;
  std::replace(text.begin(), text.end(), '_', '.');
  return text;
}

std::string compiler() {
#ifdef __clang__
  return "clang " + std::string(__clang_version__);
#else
  return "g++ " + std::string(__VERSION__);
#endif
}

#define GOVSEAL_TEXT_OF(token) #token
#define GOVSEAL_TEXT(macro) GOVSEAL_TEXT_OF(macro)
constexpr std::string_view kSimdjsonVersion = GOVSEAL_TEXT(SIMDJSON_VERSION);
#undef GOVSEAL_TEXT
#undef GOVSEAL_TEXT_OF

std::string openssl_version() {
  return std::to_string(OPENSSL_VERSION_MAJOR) + "." + std::to_string(OPENSSL_VERSION_MINOR);
}

}  // namespace

ApiReply handle_health(ApiContext const& context) {
  std::string tokens;
  auto const* snapshot = context.snapshot.get();
  if (snapshot && !snapshot->ledger.writable) tokens += "ledger-not-writable\n";
  if (snapshot && snapshot->loop_stalled) tokens += "loop-stalled\n";
  if (!snapshot || snapshot->phase == AgentPhase::starting) tokens += "starting\n";
  if (snapshot && snapshot->phase == AgentPhase::stopping) tokens += "stopping\n";
  bool const healthy = tokens.empty();
  ApiResponse response =
      text_answer(context.style, "text/plain; charset=utf-8", healthy ? "ok\n" : tokens);
  if (!healthy) response.status = 503;
  return response;
}

ApiReply handle_version(ApiContext const& context) {
  JsonWriter writer;
  writer.begin_object().member("product", "govseal");
  writer.member("version", context.parts.build.version);
  writer.key("api").begin_object().member("major", 1).member("minor", 0).end_object();
  writer.key("build").begin_object().member("commit", context.parts.build.commit);
  writer.member("compiler", compiler());
  writer.key("libraries").begin_object().member("boost", boost_version());
  writer.member("libgit2", LIBGIT2_VERSION).member("openssl", openssl_version());
  writer.member("simdjson", kSimdjsonVersion).member("sqlite", SQLITE_VERSION);
  writer.end_object().end_object().end_object();
  return json_answer(context.style, writer.take());
}

ApiReply handle_openapi(ApiContext const& context) {
  return json_answer(context.style, openapi_json(context.routes, context.parts.build.version));
}

}  // namespace govseal
