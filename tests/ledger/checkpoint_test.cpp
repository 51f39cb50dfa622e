#include "sealing/ledger/checkpoint.h"
#include "base/host_label.h"

#include <doctest/doctest.h>

#include <array>

#include "sealing/ledger/tlog_proof.h"
#include "tests/ledger/ledger_fixture.h"

using namespace govseal;

namespace {

std::string sign(TreeHead const& tree, std::vector<std::uint8_t> const& key_bytes = {1}) {
  std::vector<Ed25519PrivateKey> keys;
  for (auto const byte : key_bytes) keys.push_back(test_key(byte));
  std::vector<Ed25519PrivateKey const*> pointers;
  for (auto const& key : keys) pointers.push_back(&key);
  return sign_checkpoint({.origin = kTestOrigin, .tree = tree}, pointers);
}

TreeHead large_tree(std::uint64_t size) {
  return {size, tree_root(size, hashes_of(large_tree_leaves(size)))};
}

constexpr char const* kThreeLines =
    "govseal.example/host1\n3\nPbZ2Ze6owm3jQWaMHTGZ9h3kt4CoKFaaiYzkjCjZMfM=\n\n"
    "— govseal.example/host1 "
    "Tf+o5gSdV9/ZzEB+uY6Ru8xV6jfUtPB72uG1t1MmvyG4k7ps0AnjcZK6fCqkNOEtzIOX/0IPCXv2Dwl5nuEVY3YgIgU"
    "=\n";

}  // namespace

TEST_CASE("checkpoints are byte for byte those of the format document") {
  CHECK(sign(large_tree(3)) == kThreeLines);
  CHECK(sign(large_tree(70000)) ==
        "govseal.example/host1\n70000\nSetbsr+kDfnOsfkN53+XtlnD6O006VHSKx5qKVKBi8w=\n\n"
        "— govseal.example/host1 "
        "Tf+o5r+zn1hcduk6NAvbtpyra8cY05b0vreBFxFOjJi9zZPlcwaaaq7RZ/GGOl2j33JXIdnEKBt2OYAQbRZJpqtl"
        "aAU=\n");
}

TEST_CASE("a checkpoint opens with the key of its origin only") {
  std::array const own = {test_vkey(1)};
  auto const opened = open_checkpoint(kThreeLines, own);
  REQUIRE(std::holds_alternative<Checkpoint>(opened));
  CHECK(std::get<Checkpoint>(opened) == Checkpoint{.origin = kTestOrigin, .tree = large_tree(3)});
  std::array const other = {test_vkey(5)};
  CHECK(std::holds_alternative<NoteError>(open_checkpoint(kThreeLines, other)));
  // Signed by a known log key, but of another log.
  std::string const body = checkpoint_body({.origin = "somewhere/else", .tree = large_tree(3)});
  std::vector const lines = {sign_note_line(kTestOrigin, test_key(1), body)};
  CHECK(std::holds_alternative<NoteError>(open_checkpoint(join_note(body, lines), own)));
}

TEST_CASE("during an overlap both keys sign, and either opens the checkpoint") {
  auto const note = sign(large_tree(3), {1, 5});
  for (std::uint8_t const byte : {std::uint8_t{1}, std::uint8_t{5}}) {
    std::array const key = {test_vkey(byte)};
    CHECK(std::holds_alternative<Checkpoint>(open_checkpoint(note, key)));
  }
}

TEST_CASE("checkpoint bodies are strict, extension lines are ignored") {
  std::string const root = "PbZ2Ze6owm3jQWaMHTGZ9h3kt4CoKFaaiYzkjCjZMfM=";
  CHECK(parse_checkpoint_body("o\n3\n" + root + "\n").has_value());
  CHECK(parse_checkpoint_body("o\n3\n" + root + "\nextension\nmore\n") ==
        parse_checkpoint_body("o\n3\n" + root + "\n"));
  CHECK(parse_checkpoint_body("o\n18446744073709551615\n" + root + "\n").has_value());
  for (std::string const& body : std::vector<std::string>{
           std::string(), "o\n3\n" + root,                    // no LF
           "\n3\n" + root + "\n",                             // no origin
           "o\n03\n" + root + "\n",                           // leading zero
           "o\n-3\n" + root + "\n", "o\n+3\n" + root + "\n",  // signs
           "o\n3 \n" + root + "\n", "o\n\n" + root + "\n",    //
           "o\n18446744073709551616\n" + root + "\n",         // too large
           std::string("o\n3\nAAAA\n"),                       // 3 bytes
           "o\n3\n" + root.substr(0, 43) + "\n",              // no padding
           "o\n3\n" + root + "\n\nx\n",                       // an empty line
           "o\n0\n" + root + "\n",                            // size 0 with a root
       }) {
    CAPTURE(body);
    CHECK_FALSE(parse_checkpoint_body(body).has_value());
  }
}

TEST_CASE("origins are checked for characters, length and the prefixes of other signatures") {
  CHECK(is_origin("govseal/host1"));
  CHECK(is_origin("A.z_0:/-"));
  CHECK(is_origin(std::string(200, 'a')));
  for (std::string const& text : std::vector<std::string>{
           std::string(), std::string(201, 'a'), std::string("a b"), std::string("a+b"),
           std::string("\xC3\xA9"), std::string("SSHSIGx"), std::string("DSSEv1"),
           std::string("cosignature/v1"), std::string("govseal-key-rotate/v1")}) {
    CAPTURE(text);
    CHECK_FALSE(is_origin(text));
  }
  CHECK(host_label("Build_Host.Example") == "build-host.example");
  CHECK(host_label("h\xC3\xB6st") == "h--st");
  CHECK(epoch_origin("a/b", 1) == "a/b");
  CHECK(epoch_origin("a/b", 2) == "a/b/e2");
}

TEST_CASE("the line of checkpoints.log is that of the format document and reads back") {
  TreeHead const tree{8, *Digest::from_hex(golden_roots()[7])};
  std::string const text = write_checkpoint_line({.tree = tree, .note = sign(tree)});
  CHECK(text ==
        "{\"size\":8,\"root\":\"60b1a83f6556b45ec339dfc3ab88834d3c57bbff1146a8e232c7ebe09af9e5e2\","
        "\"note\":"
        "\"Z292c2VhbC5leGFtcGxlL2hvc3QxCjgKWUxHb1AyVld0RjdET2QvRHE0aURUVHhYdS84UlJxamlNc2ZyNEpyNTV"
        "lST0KCuKAlCBnb3ZzZWFsLmV4YW1wbGUvaG9zdDEgVGYrbzVwWGlTSE9GVzZxWUFQRGx2REI0TXRWNU9rNUxDR3R"
        "xMThtK3pWa0hBWkkzZHorZFJkZTFidExoMlR6N0ZPWkRvRUpFamxnWXQ3cXhLYzE0T2w5WWpRVT0K\"}");
  auto const parsed = parse_checkpoint_line(text);
  REQUIRE(parsed.has_value());
  CHECK(parsed->tree == tree);
  CHECK(parsed->note == sign(tree));
  TreeHead const other{7, tree.root};
  for (std::string const& bad : std::vector<std::string>{
           text.substr(0, text.size() - 1),
           text + " ",
           " " + text,
           text + "\n",
           "{\"size\":08" + text.substr(9),
           write_checkpoint_line(
               {.tree = other, .note = sign(tree)}),  // another size than the note
           std::string("{}"),
           std::string(),
       }) {
    CHECK_FALSE(parse_checkpoint_line(bad).has_value());
  }
}

TEST_CASE("the golden ledger's checkpoints at sizes 1, 3 and 8 have the printed signatures") {
  struct Row {
    std::uint64_t size;
    char const* signature;
  };
  for (auto const& row : std::vector<Row>{
           {1,
            "Tf+o5lkHXi/nlukhElKb8Jh8meXdhWj8BZVSBpzzpq8/iYxuVtDJ99+Z5qErcmbRTDSwaur77HObhOmHLSsjF"
            "ePifgU="},
           {3,
            "Tf+o5rhLXADS/+FRno9KYT58n6TFDUn3IkA2LN9nU/+FF3UQQCzwBS3ZQO0JZV6rxCMkPfzJ6evjzkaiaAfJ9"
            "n+fYAE="},
           {8,
            "Tf+o5pXiSHOFW6qYAPDlvDB4MtV5Ok5LCGtq18m+zVkHAZI3dz+dRde1btLh2Tz7FOZDoEJEjlgYt7qxKc14O"
            "l9YjQU="},
       }) {
    TreeHead const tree{row.size, *Digest::from_hex(golden_roots()[row.size - 1])};
    CHECK(sign(tree).ends_with("— govseal.example/host1 " + std::string(row.signature) + "\n"));
  }
}

TEST_CASE("tlog-proofs are byte for byte those of the format document") {
  auto const leaves = large_tree_leaves(3);
  TlogProof const proof{
      .index = 1, .path = make_inclusion_proof(1, 3, hashes_of(leaves)), .checkpoint = kThreeLines};
  std::string const text = write_tlog_proof(proof);
  CHECK(text == std::string("c2sp.org/tlog-proof@v1\nindex 1\n"
                            "pAKw429aroVFc2D88AolRbh91H8xBVPnsNMtbQrEQA0=\n"
                            "0+CmKo96klbIvrcVr97YPkMm0sRzedJZsXCahArS8R0=\n\n") +
                    kThreeLines);
  auto const parsed = parse_tlog_proof(text);
  REQUIRE(parsed.has_value());
  CHECK(parsed->index == 1);
  CHECK(parsed->path == proof.path);
  CHECK(parsed->checkpoint == kThreeLines);
  CHECK(verify_inclusion(leaves[1], parsed->index, large_tree(3), parsed->path));
}

TEST_CASE("the proof of the golden seal is that of the format document") {
  std::vector<Digest> leaves;
  for (auto const& line : golden_lines()) leaves.push_back(leaf_hash(line));
  TreeHead const tree{8, *Digest::from_hex(golden_roots()[7])};
  CHECK(write_tlog_proof({.index = 3,
                          .path = make_inclusion_proof(3, 8, hashes_of(leaves)),
                          .checkpoint = sign(tree)}) ==
        "c2sp.org/tlog-proof@v1\nindex 3\n"
        "JomA+q2Ku4eMlJ27bc2l/DXkAaRmZObhwWZkVhwqJtY=\n"
        "RRPXLsZwEOFRdZGbFlvZTh8pZXCj7ZJFccgCipfL3cw=\n"
        "sDF555p71ej3H6bjdedlFhQWM2FxhiQEc7f5WMCxD58=\n\n"
        "govseal.example/host1\n8\nYLGoP2VWtF7DOd/Dq4iDTTxXu/8RRqjiMsfr4Jr55eI=\n\n"
        "— govseal.example/host1 "
        "Tf+o5pXiSHOFW6qYAPDlvDB4MtV5Ok5LCGtq18m+zVkHAZI3dz+dRde1btLh2Tz7FOZDoEJEjlgYt7qxKc14Ol9Y"
        "jQU=\n");
  CHECK(hex_of(make_consistency_proof(3, 8, hashes_of(leaves))) ==
        "268980faad8abb878c949dbb6dcda5fc35e401a46664e6e1c16664561c2a26d6\n"
        "2b9799c14005e456101a5e8239e771dd7cca7d5aa9e401d43df53acfff6ba2d5\n"
        "4513d72ec67010e15175919b165bd94e1f296570a3ed924571c8028a97cbddcc\n"
        "b03179e79a7bd5e8f71fa6e375e76516141633617186240473b7f958c0b10f9f\n");
}

TEST_CASE("readers of tlog-proofs accept an extra line and refuse malformed files") {
  std::string const head = "c2sp.org/tlog-proof@v1\n";
  std::string const hash = "pAKw429aroVFc2D88AolRbh91H8xBVPnsNMtbQrEQA0=\n";
  CHECK(parse_tlog_proof(head + "extra AAAA\nindex 1\n" + hash + "\nnote").has_value());
  CHECK(parse_tlog_proof(head + "index 0\n\nnote").has_value());
  std::string many;
  for (int i = 0; i < 63; ++i) many += hash;
  CHECK(parse_tlog_proof(head + "index 1\n" + many + "\nnote").has_value());
  for (std::string const& text : std::vector<std::string>{
           std::string(),
           head,
           "c2sp.org/tlog-proof@v2\nindex 1\n\nnote",
           head + "index 01\n\nnote",
           head + "index -1\n\nnote",
           head + "index\n\nnote",
           head + "index 1\n" + hash,                    // no empty line
           head + "index 1\nAAAA\n\nnote",               // 3 bytes
           head + "index 1\n" + many + hash + "\nnote",  // 64 hashes
           head + "extra !\nindex 1\n\nnote",
           head + "index 1\nextra AAAA\n\nnote",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_tlog_proof(text).has_value());
  }
}
