// What the product may expect of every FileSystem. The same cases run against the real one and
// against the fake, so that what is tested over the fake holds on disk.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "base/publish.h"
#include "tests/base/worlds.h"

namespace govseal {
namespace {

constexpr auto kNotFound = OpenFailure::not_found;
constexpr auto kWrongKind = OpenFailure::wrong_kind;
constexpr auto kExists = OpenFailure::exists;

std::vector<std::string> names(Directory const& directory) {
  std::vector<std::string> out;
  for (auto const& entry : directory.list()) out.push_back(entry.name);
  std::sort(out.begin(), out.end());
  return out;
}

using Names = std::vector<std::string>;

#define FILE_SYSTEMS DiskWorld, MemoryWorld

TEST_CASE_TEMPLATE("an absolute directory opens through links, and says why it does not", World,
                   FILE_SYSTEMS) {
  World world;
  world.make_directory("real/inner");
  world.write("file", "x");
  world.make_symlink("link", "real");
  world.make_symlink("dangling", "nowhere");
  world.make_symlink("loop", "loop");
  auto const open = [&](std::string const& below) {
    return failure(world.files().open_directory(world.at(below)));
  };
  CHECK(open("real") == std::nullopt);
  CHECK(open("link/inner") == std::nullopt);
  CHECK(open("real/../link") == std::nullopt);
  CHECK(open("real/") == std::nullopt);
  CHECK(open("file") == kWrongKind);
  CHECK(open("loop") == kWrongKind);
  CHECK(open("missing") == kNotFound);
  CHECK(open("dangling") == kNotFound);
  CHECK(open("file/below") == kNotFound);
  CHECK(errno_of([&] { (void)world.files().open_directory("real"); }) == EINVAL);
  CHECK(errno_of([&] { (void)world.files().open_directory(""); }) == EINVAL);
}

TEST_CASE_TEMPLATE("only regular files open as files", World, FILE_SYSTEMS) {
  World world;
  world.write("file", "hello");
  world.make_directory("directory");
  world.make_symlink("link", "file");
  world.make_symlink("dangling", "nowhere");
  world.make_fifo("fifo");
  auto const root = world.open();
  CHECK(content(*opened(root->open_file(path("file")))) == "hello");
  CHECK(failure(root->open_file(path("directory"))) == kWrongKind);
  CHECK(failure(root->open_file(path("link"))) == kWrongKind);
  CHECK(failure(root->open_file(path("dangling"))) == kWrongKind);
  CHECK(failure(root->open_file(path("fifo"))) == kWrongKind);
  CHECK(failure(root->open_file(path("missing"))) == kNotFound);
  CHECK(failure(root->open_file(path("file/below"))) == kNotFound);
  CHECK(failure(root->open_file(path("missing/below"))) == kNotFound);
  CHECK(failure(root->open_file({})) == kWrongKind);
  CHECK(failure(root->open_append("directory")) == kWrongKind);
  CHECK(failure(root->open_append("link")) == kWrongKind);
  CHECK(failure(root->open_append("fifo")) == kWrongKind);
  CHECK(failure(root->open_append("missing")) == kNotFound);
}

TEST_CASE_TEMPLATE("a directory below a held one opens, but never through a link", World,
                   FILE_SYSTEMS) {
  World world;
  world.write("a/b/file", "deep");
  world.write("file", "x");
  world.make_symlink("to_a", "a");
  world.make_symlink("a/up", "..");
  auto const root = world.open();
  auto const inner = opened(root->open_directory(path("a/b")));
  CHECK(content(*opened(inner->open_file(path("file")))) == "deep");
  CHECK(content(*opened(root->open_file(path("a/b/file")))) == "deep");
  CHECK(failure(root->open_directory(path("to_a"))) == kWrongKind);
  CHECK(failure(root->open_directory(path("to_a/b"))) == kWrongKind);
  CHECK(failure(root->open_file(path("to_a/b/file"))) == kWrongKind);
  CHECK(failure(root->open_file(path("a/up/file"))) == kWrongKind);
  CHECK(failure(root->open_directory(path("missing"))) == kNotFound);
  CHECK(failure(root->open_directory(path("file"))) == kNotFound);
  CHECK(failure(root->open_directory(path("file/below"))) == kNotFound);
}

TEST_CASE_TEMPLATE("the root path gives a second handle of the same directory", World,
                   FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  auto const again = opened(root->open_directory({}));
  CHECK(again->status() == root->status());
  again->make_directory("made", 0755);
  CHECK(names(*root) == Names{"made"});
}

TEST_CASE_TEMPLATE("a list has every name as raw bytes and can be taken again", World,
                   FILE_SYSTEMS) {
  World world;
  Names const expected = {"\x01", " blank ", ".hidden", "-", "caf\xC3\xA9", "\xFF\xFE", "a\nb"};
  for (auto const& name : expected) world.write(name, "");
  world.make_directory("sub");
  world.write("sub/below", "");
  Names sorted = expected;
  sorted.push_back("sub");
  std::sort(sorted.begin(), sorted.end());
  auto const root = world.open();
  CHECK(names(*root) == sorted);
  CHECK(names(*root) == sorted);
  CHECK(names(*opened(root->open_directory(path("sub")))) == Names{"below"});
  world.make_directory("empty");
  CHECK(names(*world.open("empty")).empty());
}

TEST_CASE_TEMPLATE("find tells of the entry itself and never of what a link leads to", World,
                   FILE_SYSTEMS) {
  World world;
  world.write("file", "12345");
  world.make_directory("directory");
  world.make_symlink("link", "file");
  world.make_fifo("fifo");
  auto const root = world.open();
  CHECK(root->find("file")->kind == FileKind::regular);
  CHECK(root->find("file")->size == 5);
  CHECK(root->find("file")->nlink == 1);
  CHECK(root->find("directory")->kind == FileKind::directory);
  CHECK(root->find("link")->kind == FileKind::symlink);
  CHECK(root->find("fifo")->kind == FileKind::special);
  CHECK(root->find("missing") == std::nullopt);
  CHECK(root->find("file")->ino != root->find("link")->ino);
  CHECK(S_ISREG(root->find("file")->mode));
  CHECK(S_ISDIR(root->status().mode));
}

TEST_CASE_TEMPLATE("a hard link is the same file with one more name", World, FILE_SYSTEMS) {
  World world;
  world.write("one", "x");
  world.make_hard_link("one", "two");
  auto const root = world.open();
  CHECK(root->find("one") == root->find("two"));
  CHECK(root->find("one")->nlink == 2);
  CHECK(root->unlink("one"));
  CHECK(root->find("two")->nlink == 1);
  CHECK(content(*opened(root->open_file(path("two")))) == "x");
}

TEST_CASE_TEMPLATE("a directory counts its subdirectories as links", World, FILE_SYSTEMS) {
  World world;
  world.make_directory("d");
  auto const directory = world.open("d");
  CHECK(directory->status().nlink == 2);
  directory->make_directory("one", 0755);
  directory->make_directory("two", 0755);
  CHECK(directory->status().nlink == 4);
  directory->rename("one", "three");
  CHECK(directory->status().nlink == 4);
  CHECK(directory->remove_directory("two"));
  CHECK(directory->status().nlink == 3);
}

TEST_CASE_TEMPLATE("what is read is what is there at that place", World, FILE_SYSTEMS) {
  World world;
  world.write("file", "0123456789");
  auto const file = opened(world.open()->open_file(path("file")));
  auto const read = [&](std::size_t size, std::uint64_t offset) {
    std::string buffer(size, '?');
    auto* const data = reinterpret_cast<std::byte*>(buffer.data());
    buffer.resize(file->read_at(data, size, offset));
    return buffer;
  };
  CHECK(read(4, 0) == "0123");
  CHECK(read(4, 3) == "3456");
  CHECK(read(4, 8) == "89");
  CHECK(read(4, 10).empty());
  CHECK(read(4, 1000).empty());
  CHECK(read(0, 0).empty());
  file->drop_cache();
  CHECK(read(10, 0) == "0123456789");
}

TEST_CASE_TEMPLATE("a created file is new, can be appended to and read", World, FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  auto const file = opened(root->create_exclusive("new", 0600));
  file->append(bytes_of("one "));
  file->append({});
  file->append(bytes_of("two"));
  CHECK(content(*file) == "one two");
  CHECK(file->status().size == 7);
  CHECK((file->status().mode & 07777U) == 0600);
  file->sync_data();
  file->sync();
  CHECK(world.read("new") == "one two");
}

TEST_CASE_TEMPLATE("nothing is created over a name that is taken by anything", World,
                   FILE_SYSTEMS) {
  World world;
  world.write("file", "old");
  world.make_directory("directory");
  world.make_symlink("dangling", "elsewhere");
  auto const root = world.open();
  for (auto const* name : {"file", "directory", "dangling"}) {
    CHECK(failure(root->create_exclusive(name, 0600)) == kExists);
    CHECK(root->publish(name, bytes_of("new"), 0444) == kExists);
    CHECK(publish_in_place(*root, name, bytes_of("new"), 0444) == kExists);
    CHECK_FALSE(root->make_directory(name, 0755));
  }
  CHECK(world.read("file") == "old");
  CHECK(names(*root) == Names{"dangling", "directory", "file"});
}

TEST_CASE_TEMPLATE("appending goes to the end as it is at that moment", World, FILE_SYSTEMS) {
  World world;
  world.write("log", "start ");
  auto const root = world.open();
  auto const one = opened(root->open_append("log"));
  auto const two = opened(root->open_append("log"));
  one->append(bytes_of("one "));
  two->append(bytes_of("two "));
  one->append(bytes_of("one"));
  CHECK(content(*two) == "start one two one");
}

TEST_CASE_TEMPLATE("a file opened for reading cannot be written", World, FILE_SYSTEMS) {
  World world;
  world.write("file", "old");
  auto const file = opened(world.open()->open_file(path("file")));
  CHECK(errno_of([&] { file->append(bytes_of("new")); }) == EBADF);
  CHECK(errno_of([&] { file->truncate(0); }) == EINVAL);
  CHECK(world.read("file") == "old");
}

TEST_CASE_TEMPLATE("truncating cuts and extends with zeros, and appending follows", World,
                   FILE_SYSTEMS) {
  World world;
  world.write("log", "0123456789");
  auto const file = opened(world.open()->open_append("log"));
  file->truncate(4);
  file->append(bytes_of("ab"));
  CHECK(world.read("log") == "0123ab");
  file->truncate(8);
  CHECK(world.read("log") == std::string("0123ab\0\0", 8));
  file->truncate(0);
  CHECK(world.read("log").empty());
}

TEST_CASE_TEMPLATE("the mode of a file can be set", World, FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  auto const file = opened(root->create_exclusive("file", 0600));
  file->set_mode(0400);
  CHECK((root->find("file")->mode & 07777U) == 0400);
  CHECK(S_ISREG(root->find("file")->mode));
}

TEST_CASE_TEMPLATE("publish makes a file complete, with its mode and no other name beside it",
                   World, FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  std::string const big(300'000, 'x');
  CHECK(root->publish("big", bytes_of(big), 0444) == std::nullopt);
  CHECK(root->publish("empty", {}, 0600) == std::nullopt);
  CHECK(publish_in_place(*root, "in_place", bytes_of(big), 0440) == std::nullopt);
  CHECK(world.read("big") == big);
  CHECK(world.read("empty").empty());
  CHECK(world.read("in_place") == big);
  CHECK((root->find("big")->mode & 07777U) == 0444);
  CHECK((root->find("empty")->mode & 07777U) == 0600);
  CHECK((root->find("in_place")->mode & 07777U) == 0440);
  CHECK(root->find("big")->nlink == 1);
  CHECK(names(*root) == Names{"big", "empty", "in_place"});
}

TEST_CASE_TEMPLATE("a made directory opens and says when it was there before", World,
                   FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  CHECK(root->make_directory("made", 0700));
  CHECK_FALSE(root->make_directory("made", 0700));
  CHECK((root->find("made")->mode & 07777U) == 0700);
  CHECK(names(*opened(root->open_directory(path("made")))).empty());
}

TEST_CASE_TEMPLATE("rename replaces what was there", World, FILE_SYSTEMS) {
  World world;
  world.write("from", "new");
  world.write("to", "old");
  auto const root = world.open();
  auto const ino = root->find("from")->ino;
  root->rename("from", "to");
  CHECK(names(*root) == Names{"to"});
  CHECK(world.read("to") == "new");
  CHECK(root->find("to")->ino == ino);
  root->rename("to", "to");
  CHECK(world.read("to") == "new");
}

TEST_CASE_TEMPLATE("a rename that cannot be says why and changes nothing", World, FILE_SYSTEMS) {
  World world;
  world.write("file", "x");
  world.write("full/file", "x");
  world.make_directory("directory");
  auto const root = world.open();
  CHECK(errno_of([&] { root->rename("missing", "to"); }) == ENOENT);
  CHECK(errno_of([&] { root->rename("file", "directory"); }) == EISDIR);
  CHECK(errno_of([&] { root->rename("directory", "file"); }) == ENOTDIR);
  CHECK(errno_of([&] { root->rename("directory", "full"); }) == ENOTEMPTY);
  CHECK(names(*root) == Names{"directory", "file", "full"});
}

TEST_CASE_TEMPLATE("rename_no_replace keeps what is there", World, FILE_SYSTEMS) {
  World world;
  world.write("from", "new");
  world.write("to", "old");
  auto const root = world.open();
  CHECK_FALSE(root->rename_no_replace("from", "to"));
  CHECK(world.read("to") == "old");
  CHECK(root->rename_no_replace("from", "other"));
  CHECK(world.read("other") == "new");
  CHECK(names(*root) == Names{"other", "to"});
  CHECK(errno_of([&] { (void)root->rename_no_replace("missing", "free"); }) == ENOENT);
}

TEST_CASE_TEMPLATE("unlink removes files and links, and says when there was none", World,
                   FILE_SYSTEMS) {
  World world;
  world.write("file", "x");
  world.make_symlink("link", "file");
  world.make_directory("directory");
  auto const root = world.open();
  CHECK(root->unlink("link"));
  CHECK(world.read("file") == "x");
  CHECK(root->unlink("file"));
  CHECK_FALSE(root->unlink("file"));
  CHECK(errno_of([&] { root->unlink("directory"); }) == EISDIR);
}

TEST_CASE_TEMPLATE("only an empty directory is removed", World, FILE_SYSTEMS) {
  World world;
  world.write("full/file", "x");
  world.write("file", "x");
  world.make_directory("empty");
  auto const root = world.open();
  CHECK(root->remove_directory("empty"));
  CHECK_FALSE(root->remove_directory("empty"));
  CHECK(errno_of([&] { root->remove_directory("full"); }) == ENOTEMPTY);
  CHECK(errno_of([&] { root->remove_directory("file"); }) == ENOTDIR);
}

TEST_CASE_TEMPLATE("an open file outlives its name", World, FILE_SYSTEMS) {
  World world;
  world.write("file", "old");
  auto const root = world.open();
  auto const file = opened(root->open_file(path("file")));
  world.write("new", "new");
  root->rename("new", "file");
  CHECK(content(*file) == "old");
  CHECK(file->status().nlink == 0);
  CHECK(content(*opened(root->open_file(path("file")))) == "new");
}

TEST_CASE_TEMPLATE("a held directory stays the same one when it is renamed", World, FILE_SYSTEMS) {
  World world;
  world.write("run/file", "x");
  auto const run = world.open("run");
  world.rename("run", "moved");
  world.write("run/other", "y");
  CHECK(names(*run) == Names{"file"});
  CHECK(run->make_directory("sub", 0755));
  CHECK(names(*world.open("moved")) == Names{"file", "sub"});
}

TEST_CASE_TEMPLATE("a held directory that was removed says so", World, FILE_SYSTEMS) {
  World world;
  world.make_directory("run");
  auto const run = world.open("run");
  world.remove("run");
  CHECK(run->status().nlink == 0);
  CHECK(errno_of([&] { (void)run->list(); }) == ENOENT);
  CHECK(run->find("file") == std::nullopt);
  CHECK(failure(run->open_file(path("file"))) == kNotFound);
  CHECK(failure(run->create_exclusive("file", 0600)) == kNotFound);
  CHECK(errno_of([&] { run->make_directory("sub", 0700); }) == ENOENT);
}

TEST_CASE_TEMPLATE("paths longer than the kernel takes at once work", World, FILE_SYSTEMS) {
  World world;
  RelativePath deep;
  for (int i = 0; i < 40; ++i) deep = deep / std::string(200, static_cast<char>('a' + i % 26));
  REQUIRE(deep.str().size() > 8000);
  auto const root = world.open();
  auto const made = make_directories(*root, deep, 0700);
  CHECK(made->publish("file", bytes_of("deep"), 0644) == std::nullopt);
  CHECK(content(*opened(root->open_file(deep / "file"))) == "deep");
  CHECK(opened(root->open_directory(deep))->status() == made->status());
  CHECK(failure(root->open_file(deep / "missing")) == kNotFound);
  auto const absolute = world.files().open_directory(world.at(deep.str()));
  CHECK(failure(absolute) == std::nullopt);
}

TEST_CASE_TEMPLATE("names longer than 255 bytes are never there and cannot be made", World,
                   FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  std::string const longest(255, 'n');
  std::string const too_long(256, 'n');
  CHECK(root->publish(longest, {}, 0600) == std::nullopt);
  CHECK(root->find(too_long) == std::nullopt);
  CHECK(failure(root->open_file(path(too_long))) == kNotFound);
  CHECK(failure(root->open_directory(path(too_long))) == kNotFound);
  CHECK(errno_of([&] { (void)root->create_exclusive(too_long, 0600); }) == ENAMETOOLONG);
  CHECK(errno_of([&] { (void)root->publish(too_long, {}, 0600); }) == ENAMETOOLONG);
  CHECK(errno_of([&] { root->make_directory(too_long, 0700); }) == ENAMETOOLONG);
}

TEST_CASE_TEMPLATE("write_durably makes or replaces a file and leaves nothing beside it", World,
                   FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  write_durably(*root, "state", bytes_of("one"), 0640);
  CHECK(world.read("state") == "one");
  CHECK((root->find("state")->mode & 07777U) == 0640);
  world.write("state.tmp", "of a run that ended in the middle");
  write_durably(*root, "state", bytes_of("two"), 0600);
  CHECK(world.read("state") == "two");
  CHECK((root->find("state")->mode & 07777U) == 0600);
  std::string const longest(255, 'n');
  write_durably(*root, longest, bytes_of("three"), 0600);
  CHECK(world.read(longest) == "three");
  CHECK(names(*root) == Names{longest, "state"});
}

TEST_CASE_TEMPLATE("write_durably that cannot replace leaves nothing beside it", World,
                   FILE_SYSTEMS) {
  World world;
  world.make_directory("taken");
  auto const root = world.open();
  CHECK(errno_of([&] { write_durably(*root, "taken", bytes_of("x"), 0600); }) == EISDIR);
  CHECK(names(*root) == Names{"taken"});
}

TEST_CASE_TEMPLATE("read_all gives the whole file or refuses one that is too large", World,
                   FILE_SYSTEMS) {
  World world;
  std::string const text(10'000, 'x');
  world.write("file", text);
  world.write("empty", "");
  auto const root = world.open();
  auto const file = opened(root->open_file(path("file")));
  CHECK(read_all(*file, 1 << 20) == text);
  CHECK(read_all(*file, 10'000) == text);
  CHECK(read_all(*file, 9'999) == std::nullopt);
  CHECK(read_all(*file, 0) == std::nullopt);
  CHECK(read_all(*opened(root->open_file(path("empty"))), 0) == "");
}

TEST_CASE_TEMPLATE("make_directories makes what is missing and refuses what is in the way", World,
                   FILE_SYSTEMS) {
  World world;
  world.write("a/file", "x");
  world.make_symlink("link", "a");
  auto const root = world.open();
  CHECK(names(*make_directories(*root, path("a"), 0700)) == Names{"file"});
  CHECK(names(*make_directories(*root, path("a/b/c"), 0700)).empty());
  CHECK(names(*make_directories(*root, path("a/b"), 0700)) == Names{"c"});
  CHECK(make_directories(*root, {}, 0700)->status() == root->status());
  CHECK_THROWS_AS((void)make_directories(*root, path("a/file"), 0700), Error);
  CHECK_THROWS_AS((void)make_directories(*root, path("a/file/b"), 0700), Error);
  CHECK_THROWS_AS((void)make_directories(*root, path("link/b"), 0700), Error);
}

TEST_CASE_TEMPLATE("an error names the operation, the path and the reason", World, FILE_SYSTEMS) {
  World world;
  auto const root = world.open();
  try {
    root->rename("mis\nsing", "to");
    FAIL("it went through");
  } catch (Error const& error) {
    CHECK(error.operation() == "rename");
    CHECK(error.path() == world.at("mis\nsing"));
    std::string const expected =
        "rename \"" + world.at("mis\\x0asing") + "\": No such file or directory";
    CHECK(error.what() == expected);
  }
}

}  // namespace
}  // namespace govseal
