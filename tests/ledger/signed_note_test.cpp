#include "sealing/ledger/signed_note.h"

#include <doctest/doctest.h>

#include "tests/ledger/ledger_fixture.h"

using namespace govseal;

namespace {

constexpr char const* kFooKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char const* kFooLine =
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm"
    "RKuwHjG1Yu72IneyaQM=\n";

std::string foo_note() {
  return std::string("This is an example message.\n\n") + kFooLine;
}

SignedNote parsed(std::string const& bytes) {
  auto note = parse_note(bytes);
  REQUIRE(std::holds_alternative<SignedNote>(note));
  return std::get<SignedNote>(note);
}

bool is_malformed(std::string const& bytes) {
  auto const note = parse_note(bytes);
  auto const* const error = std::get_if<NoteError>(&note);
  return error != nullptr && error->kind == NoteError::Kind::malformed;
}

NoteError::Kind error_kind(std::string const& bytes, std::vector<VerifierKey> const& keys) {
  auto const verified = verify_note(parsed(bytes), keys);
  REQUIRE(std::holds_alternative<NoteError>(verified));
  return std::get<NoteError>(verified).kind;
}

}  // namespace

TEST_CASE("verifier keys are those of the format document") {
  CHECK(test_vkey(1).text() ==
        "govseal.example/host1+4dffa8e6+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop");
  CHECK(test_vkey(5).text() ==
        "govseal.example/host1+8c9c31aa+Af3k+6AwrQAvfC99TDMfSdE/sOx0fs7r7GNPH/TLyp3v");
  VerifierKey const witness{.name = "witness.example/w1",
                            .type = NoteKeyType::cosignature,
                            .key = test_key(2).public_key()};
  CHECK(witness.text() ==
        "witness.example/w1+e93c28d6+BHQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0");
  CHECK(parse_vkey(test_vkey(1).text()) == test_vkey(1));
  CHECK(parse_vkey(witness.text()) == witness);
}

TEST_CASE("malformed verifier keys are refused") {
  std::string const good = test_vkey(1).text();
  for (std::string const& text : std::vector<std::string>{
           std::string(), std::string("govseal.example/host1"), good.substr(0, good.size() - 1),
           good + "=", good + "AAAA",
           "govseal.example/host2" + good.substr(good.find('+')),  // the keyID does not recompute
           "govseal.example/host1+4DFFA8E6" + good.substr(30),     // upper-case hex
           "govseal.example/host1+4dffa8e7" + good.substr(30),     // another keyID
           "+4dffa8e6" + good.substr(30),                          // no name
           "a b" + good.substr(good.find('+')),                    // a space in the name
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_vkey(text).has_value());
  }
  // A type that this program does not know, with a keyID that would be right for it.
  std::string const bytes = "\x02" + std::string(32, 'k');
  auto const digest = Sha256().update("n\n").update(bytes).finish();
  CHECK_FALSE(
      parse_vkey("n+" + digest.hex().substr(0, 8) + "+" + to_base64(bytes_of(bytes))).has_value());
}

TEST_CASE("the published example note verifies") {
  auto const key = parse_vkey(kFooKey);
  REQUIRE(key.has_value());
  auto const note = parsed(foo_note());
  CHECK(note.text == "This is an example message.\n");
  REQUIRE(note.signatures.size() == 1);
  auto const verified = verify_note(note, std::vector{*key});
  REQUIRE(std::holds_alternative<std::vector<std::size_t>>(verified));
  CHECK(std::get<std::vector<std::size_t>>(verified) == std::vector<std::size_t>{0});
}

TEST_CASE("malformed notes are refused") {
  std::string const line = kFooLine;
  CHECK(is_malformed("text without final LF\n" + line));           // no empty line
  CHECK(is_malformed("This is an example message.\n" + line));     // the same
  CHECK(is_malformed("This is an example message.\n\n"));          // no signature
  CHECK(is_malformed("a\n\n- " + line.substr(4)));                 // a hyphen
  CHECK(is_malformed("a\tb\n\n" + line));                          // a tab
  CHECK(is_malformed("a\r\n\n" + line));                           // CR
  CHECK(is_malformed("a\n\n" + line.substr(0, line.size() - 1)));  // no LF at the end
  CHECK(is_malformed("a\n\n" + line.substr(0, line.size() - 1) + "\r\n"));
  CHECK(is_malformed("a\xff\n\n" + line));                   // not UTF-8
  CHECK(is_malformed("a\n\n— example.com/foo AAAAAA==\n"));  // 4 bytes
  CHECK(is_malformed("a\n\n—  AAAAAAA=\n"));                 // an empty name
  CHECK(is_malformed("a\n\n— a+b AAAAAAA=\n"));              // + in the name
  CHECK(is_malformed("a\n\n— a\u00a0b AAAAAAA=\n"));         // a space of Unicode
  CHECK(is_malformed("a\n\n— a\n"));                         // no signature word
  CHECK(is_malformed("a\n\n— a AAAAAAA\n"));                 // base64 without padding
  CHECK(is_malformed("a\n\n— a AAAAAAB=\n"));                // unused bits
  CHECK(is_malformed("a\n\n— a AAAAAAA= b\n"));              // a third word
  CHECK_FALSE(is_malformed("a\n\n— a AAAAAAA=\n"));          // 5 bytes are enough
  CHECK_FALSE(is_malformed("a\n\nb\n\n" + line));            // the last empty line separates
}

TEST_CASE("a note has at most 100 signature lines and 64 KiB") {
  std::string note = "a\n\n";
  for (int i = 0; i < 100; ++i) note += "— a AAAAAAA=\n";
  CHECK_FALSE(is_malformed(note));
  CHECK(is_malformed(note + "— a AAAAAAA=\n"));
  std::string const end = "\n\n— a AAAAAAA=\n";
  CHECK_FALSE(is_malformed(std::string(65536 - end.size(), 'x') + end));
  CHECK(is_malformed(std::string(65537 - end.size(), 'x') + end));
}

TEST_CASE("unknown keys are ignored, also when only name or keyID matches") {
  std::string const text = "hello\n";
  std::vector<std::string> const lines = {
      sign_note_line(kTestOrigin, test_key(5), text),      // our name, another key
      sign_note_line("other.example", test_key(1), text),  // our key, another name
      sign_note_line(kTestOrigin, test_key(1), text),
  };
  auto const note = join_note(text, lines);
  auto const verified = verify_note(parsed(note), std::vector{test_vkey(1)});
  CHECK(std::holds_alternative<std::vector<std::size_t>>(verified));
  auto const without = join_note(text, std::span(lines).first(2));
  CHECK(error_kind(without, {test_vkey(1)}) == NoteError::Kind::unsigned_note);
}

TEST_CASE("a wrong signature of a known key rejects the note, a second line of a key is ignored") {
  std::string const text = "hello\n";
  auto const good = sign_note_line(kTestOrigin, test_key(1), text);
  auto const wrong = sign_note_line(kTestOrigin, test_key(1), "other\n");
  auto const other = sign_note_line("w", test_key(2), text);
  CHECK(error_kind(join_note(text, std::vector{wrong}), {test_vkey(1)}) ==
        NoteError::Kind::wrong_signature);
  CHECK(error_kind(join_note(text, std::vector{other, wrong}), {test_vkey(1), test_vkey(2, "w")}) ==
        NoteError::Kind::wrong_signature);
  auto const twice = join_note(text, std::vector{good, wrong});
  CHECK(std::holds_alternative<std::vector<std::size_t>>(
      verify_note(parsed(twice), std::vector{test_vkey(1)})));
  auto const both = verify_note(parsed(join_note(text, std::vector{other, good})),
                                std::vector{test_vkey(1), test_vkey(2, "w")});
  REQUIRE(std::holds_alternative<std::vector<std::size_t>>(both));
  CHECK(std::get<std::vector<std::size_t>>(both) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("a known key with a signature of another length rejects the note") {
  std::string bytes = *from_base64(sign_note_base64(kTestOrigin, test_key(1), "hello\n"));
  bytes.pop_back();
  std::string const note =
      "hello\n\n— " + std::string(kTestOrigin) + " " + to_base64(bytes_of(bytes)) + "\n";
  CHECK(error_kind(note, {test_vkey(1)}) == NoteError::Kind::wrong_signature);
}

TEST_CASE("a witness's cosignature over time and body verifies") {
  std::string const body =
      "govseal.example/host1\n3\nPbZ2Ze6owm3jQWaMHTGZ9h3kt4CoKFaaiYzkjCjZMfM=\n";
  std::string const line =
      "— witness.example/w1 "
      "6Two1gAAAABlU/EAnwgh8s80Qe4WnHWMh2SJn0pQndGE0vIrTNPmE0WE5sJ8DQzm38prmgxDeZoi6OkfUrOFQItu"
      "aCxqc29OERZKAQ==\n";
  auto const key =
      parse_vkey("witness.example/w1+e93c28d6+BHQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0");
  REQUIRE(key.has_value());
  auto const good = verify_note(parsed(body + "\n" + line), std::vector{*key});
  CHECK(std::holds_alternative<std::vector<std::size_t>>(good));
  auto changed = body;
  changed[22] = '4';
  CHECK(error_kind(changed + "\n" + line, {*key}) == NoteError::Kind::wrong_signature);
}
