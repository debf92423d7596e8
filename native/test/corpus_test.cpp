// Reading text: what a token, a line and an error is.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "corpus_fixture.h"

namespace {

wm_code append(const Owned<wm_corpus_builder>& builder, const std::string& text, wm_error* error = nullptr) {
  return wm_corpus_append(builder.get(), bytesOf(text), text.size(), error);
}

/// A folder with one file in it, both gone when the test ends.
struct TemporaryFolder {
  char path[32] = "/tmp/wordmill-corpus-XXXXXX";
  std::string file;
  TemporaryFolder() {
    CHECK(mkdtemp(path) != nullptr);
    file = std::string(path) + "/text";
  }
  ~TemporaryFolder() {
    unlink(file.c_str());
    CHECK_EQUAL(rmdir(path), 0);  // nothing else was left in it
  }
  void write(const std::string& text) const {
    FILE* out = std::fopen(file.c_str(), "wb");
    CHECK_EQUAL(std::fwrite(text.data(), 1, text.size(), out), text.size());
    std::fclose(out);
  }
};

void separatesTokens() {
  const Owned<wm_corpus> corpus = corpusOf(std::string("a\tb  c\rd\0e\vf\fg \n\nh\x01i\r\nj", 23));
  CHECK_EQUAL(textOf(corpus), "a b c d e f g\n\nh\x01i\nj\n");
  const wm_corpus_info info = infoOf(corpus);
  CHECK_EQUAL(info.tokens, 9U);
  CHECK_EQUAL(info.lines, 4U);
  CHECK_EQUAL(info.distinct, 9U);
  CHECK_EQUAL(info.input_bytes, 23U);
  CHECK_EQUAL(info.stream_bytes, 13U * 4);
  CHECK_EQUAL(info.spilled, 0);
  CHECK_EQUAL(info.external_ids, 0);
}

void readsWindowsLinesLikeOthers() {
  CHECK_EQUAL(textOf(corpusOf("a b\r\nc\r\n\r\nd")), textOf(corpusOf("a b\nc\n\nd")));
}

void ordersWordsByFrequencyThenBytes() {
  const Owned<wm_corpus> corpus = corpusOf("b a c b a \xc3\xa9 Z b abcdefghi abcdefgh abcdefghij __proto__");
  CHECK_EQUAL(vocabularyOf(viewOf(corpus)),
              "b:3 a:2 Z:1 __proto__:1 abcdefgh:1 abcdefghi:1 abcdefghij:1 c:1 \xc3\xa9:1");
}

void skipsByteOrderMarks() {
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  for (const char byte : std::string("\xef\xbb\xbfone \xef\xbb\xbftwo")) append(builder, std::string(1, byte));
  wm_corpus_end_input(builder.get(), nullptr);
  append(builder, "\xef\xbb\xbfone");
  // Only at the start of an input it is no text.
  CHECK_EQUAL(textOf(finish(builder)), "one \xef\xbb\xbftwo\none\n");
}

void endsAnUnfinishedLineWithItsInput() {
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  append(builder, "a b");
  append(builder, "c");
  CHECK_EQUAL(wm_corpus_end_input(builder.get(), nullptr), WM_OK);
  CHECK_EQUAL(wm_corpus_end_input(builder.get(), nullptr), WM_OK);  // an empty input has no line
  append(builder, "d\n  ");
  CHECK_EQUAL(wm_corpus_end_input(builder.get(), nullptr), WM_OK);
  append(builder, "\n");
  CHECK_EQUAL(textOf(finish(builder)), "a bc\nd\n\n");
}

void reportsBrokenUtf8() {
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  append(builder, "fine\n");
  wm_corpus_end_input(builder.get(), nullptr);
  append(builder, "good \xc3\xa9 ba\xff!");
  wm_corpus* corpus = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, &error), WM_ERR_FORMAT);
  CHECK_EQUAL(error.offset, 10);  // of its input
  CHECK(corpus == nullptr);
  // The same again, not something else, however often it is asked.
  CHECK_EQUAL(append(builder, "more", &error), WM_ERR_FORMAT);
  CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, &error), WM_ERR_FORMAT);
  CHECK_EQUAL(error.offset, 10);
}

void theFirstErrorOfTheTextIsReported() {
  std::string text;
  while (text.size() < (6 << 20)) text += "some words of a long text \n";
  text[5000000] = '\xff';
  text[3000000] = '\xfe';
  for (int i = 0; i < 3; ++i) {
    const Owned<wm_corpus_builder> builder = begin(corpusOptions(4));
    append(builder, text);
    wm_corpus* corpus = nullptr;
    wm_error error;
    CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, &error), WM_ERR_FORMAT);
    CHECK_EQUAL(error.offset, 3000000);
  }
}

void mendsOrKeepsBrokenUtf8() {
  // A truncated sequence is one character, a stray byte another; an overlong form, a surrogate.
  const std::string text = "a\xf0\x9f\x98 b\x80\x80 \xc0\xaf \xed\xa0\x80";
  wm_corpus_options options = corpusOptions();
  options.utf8 = WM_UTF8_REPLACE;
  const std::string mark = "\xef\xbf\xbd";
  const Owned<wm_corpus> mended = corpusOf(text, options);
  CHECK_EQUAL(textOf(mended), "a" + mark + " b" + mark + mark + " " + mark + mark + " " + mark + mark + mark + "\n");
  CHECK_EQUAL(infoOf(mended).replaced, 8U);
  options.utf8 = WM_UTF8_ESCAPE;
  const Owned<wm_corpus> kept = corpusOf(text, options);
  CHECK_EQUAL(textOf(kept), text + "\n");
  CHECK_EQUAL(infoOf(kept).replaced, 0U);
}

void cutsLongTokens() {
  wm_corpus_options options = corpusOptions();
  options.max_token_bytes = 5;
  // The fifth byte would be the first half of a character; the last one has just the permitted length.
  const Owned<wm_corpus> corpus = corpusOf("abcd\xc3\xa9 abcdefgh 12345", options);
  CHECK_EQUAL(textOf(corpus), "abcd abcde 12345\n");
  CHECK_EQUAL(infoOf(corpus).cut_tokens, 2U);

  // Tens of megabytes without a separator, twice, and then a word.
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  const std::string part(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) CHECK_EQUAL(append(builder, part), WM_OK);
  append(builder, "\n");
  for (int i = 0; i < 40; ++i) CHECK_EQUAL(append(builder, part), WM_OK);
  append(builder, " end");
  const Owned<wm_corpus> longTokens = finish(builder);
  const std::string cut(1000, 'x');
  CHECK(textOf(longTokens) == cut + "\n" + cut + " end\n");
  CHECK_EQUAL(infoOf(longTokens).cut_tokens, 2U);
}

void refusesNothing() {
  for (const std::string text : {"", " \n\t\n", "\xef\xbb\xbf"}) {
    const Owned<wm_corpus_builder> builder = begin(corpusOptions());
    append(builder, text);
    wm_corpus* corpus = nullptr;
    wm_error error;
    CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, &error), WM_ERR_CORPUS);
    CHECK(corpus == nullptr);
    CHECK_EQUAL(append(builder, "late", &error), WM_ERR_OPTION);
  }
}

void refusesBadOptions() {
  wm_corpus_builder* builder = nullptr;
  wm_error error;
  wm_corpus_options options = corpusOptions();
  options.max_token_bytes = 3;
  CHECK_EQUAL(wm_corpus_begin(&options, &builder, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "maxTokenBytes");
  options = corpusOptions();
  options.utf8 = 3;
  CHECK_EQUAL(wm_corpus_begin(&options, &builder, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "utf8");
}

void readsFiles() {
  const TemporaryFolder folder;
  std::string text = "\xef\xbb\xbf";
  while (text.size() < (5 << 20)) text += "line " + std::to_string(text.size() % 1013) + " of it\n";
  folder.write(text + "unfinished");
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  append(builder, "before");
  wm_error error;
  CHECK_EQUAL(wm_corpus_append_file(builder.get(), folder.file.c_str(), nullptr, &error), WM_OK);
  // What cannot be opened leaves the builder as it was.
  CHECK_EQUAL(wm_corpus_append_file(builder.get(), "/nonexistent/text", nullptr, &error), WM_ERR_IO);
  CHECK_EQUAL(error.system, ENOENT);
  CHECK(std::strstr(error.text, "/nonexistent/text") != nullptr);
  CHECK_EQUAL(wm_corpus_append_file(builder.get(), folder.path, nullptr, &error), WM_ERR_IO);
  CHECK_EQUAL(error.system, EISDIR);
  append(builder, "after");
  const Owned<wm_corpus> corpus = finish(builder);
  CHECK_EQUAL(wm_corpus_bytes_done(builder.get()), text.size() + 10 + 6 + 5);
  CHECK(textOf(corpus) == "before\n" + text.substr(3) + "unfinished\nafter\n");

  folder.write("a \xff");
  const Owned<wm_corpus_builder> strict = begin(corpusOptions());
  wm_corpus_append_file(strict.get(), folder.file.c_str(), nullptr, &error);
  wm_corpus* none = nullptr;
  CHECK_EQUAL(wm_corpus_finish(strict.get(), nullptr, &none, &error), WM_ERR_FORMAT);
  CHECK_EQUAL(error.offset, 2);
  CHECK(std::strstr(error.text, folder.file.c_str()) != nullptr);
}

void readsPipesAndLeavesThem() {
  int ends[2];
  CHECK_EQUAL(pipe(ends), 0);
  const std::string name = "/dev/fd/" + std::to_string(ends[0]);
  std::thread writer([&] {
    for (int i = 0; i < 3; ++i) {
      CHECK_EQUAL(write(ends[1], "some text\n", 10), 10);
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    close(ends[1]);
  });
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  wm_error error;
  CHECK_EQUAL(wm_corpus_append_file(builder.get(), name.c_str(), nullptr, &error), WM_OK);
  writer.join();
  close(ends[0]);
  CHECK_EQUAL(textOf(finish(builder)), "some text\nsome text\nsome text\n");

  // Nobody writes: only the signal ends the wait.
  CHECK_EQUAL(pipe(ends), 0);
  wm_signal* handle = nullptr;
  CHECK_EQUAL(wm_signal_create(&handle, &error), WM_OK);
  const Owned<wm_signal> signal(handle);
  std::thread raiser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    wm_signal_raise(signal.get());
  });
  const Owned<wm_corpus_builder> waiting = begin(corpusOptions());
  const std::string silent = "/dev/fd/" + std::to_string(ends[0]);
  CHECK_EQUAL(wm_corpus_append_file(waiting.get(), silent.c_str(), signal.get(), &error), WM_ERR_CANCELLED);
  raiser.join();
  close(ends[0]);
  close(ends[1]);

  // A raised signal also ends the last step.
  const Owned<wm_corpus_builder> ending = begin(corpusOptions());
  append(ending, "a b c");
  wm_corpus* corpus = nullptr;
  CHECK_EQUAL(wm_corpus_finish(ending.get(), signal.get(), &corpus, &error), WM_ERR_CANCELLED);
}

void takesReadyTokens() {
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  append(builder, "text");
  const std::string bytes =
      "new york\xc3\xa9"
      "end";
  const uint32_t lengths[] = {8, 0, 2, UINT32_MAX, UINT32_MAX, 3};
  wm_error error;
  CHECK_EQUAL(wm_corpus_append_tokens(builder.get(), bytesOf(bytes), bytes.size(), lengths, 6, &error), WM_OK);
  append(builder, " more");
  const Owned<wm_corpus> corpus = finish(builder);
  CHECK_EQUAL(textOf(corpus), "text new york \xc3\xa9\n\nend more\n");
  CHECK_EQUAL(infoOf(corpus).tokens, 5U);
  CHECK_EQUAL(infoOf(corpus).lines, 3U);

  const Owned<wm_corpus_builder> wrong = begin(corpusOptions());
  const uint32_t tooLong[] = {8, 6};
  CHECK_EQUAL(wm_corpus_append_tokens(wrong.get(), bytesOf(bytes), bytes.size(), tooLong, 2, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "lengths");
}

void takesReadyIds() {
  const Owned<wm_keys> keys = keysOf({"zero", "one", "two", "three"});
  const uint32_t end = UINT32_MAX;
  const std::vector<uint32_t> ids = {3, 1, end, end, 1, 3, 3};
  const wm_corpus_options options = corpusOptions();
  wm_corpus* handle = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_from_ids(ids.data(), ids.size(), keys.get(), &options, &handle, &error), WM_OK);
  const Owned<wm_corpus> corpus(handle);
  const wm_corpus_info info = infoOf(corpus);
  CHECK_EQUAL(info.tokens, 5U);
  CHECK_EQUAL(info.lines, 3U);
  CHECK_EQUAL(info.distinct, 2U);
  CHECK_EQUAL(info.external_ids, 1);
  CHECK_EQUAL(textOf(corpus), "three one\n\none three three\n");

  const uint32_t bad[] = {0, 4};
  CHECK_EQUAL(wm_corpus_from_ids(bad, 2, keys.get(), &options, &handle, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "ids");
  CHECK_EQUAL(wm_corpus_from_ids(nullptr, 0, keys.get(), &options, &handle, &error), WM_ERR_CORPUS);
}

void takesIdsInPieces() {
  const TemporaryFolder folder;
  const Owned<wm_keys> keys = keysOf({"zero", "one", "two", "three"});
  wm_corpus_options options = corpusOptions();
  options.temporary_folder = folder.path;
  options.memory_limit = 1000;
  wm_id_builder* made = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_ids_begin(keys.get(), &options, &made, &error), WM_OK);
  const Owned<wm_id_builder> builder(made);
  const std::vector<uint32_t> piece = {3, 1, UINT32_MAX, 3};
  const uint32_t bad[] = {0, 4};
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    CHECK_EQUAL(wm_ids_append(builder.get(), piece.data(), piece.size(), &error), WM_OK);
    // None of a piece is taken that has a wrong id.
    CHECK_EQUAL(wm_ids_append(builder.get(), bad, 2, &error), WM_ERR_OPTION);
    expected += i == 0 ? "three one\nthree" : " three one\nthree";
  }
  CHECK_EQUAL(wm_ids_append(builder.get(), nullptr, 0, &error), WM_OK);
  wm_corpus* handle = nullptr;
  CHECK_EQUAL(wm_ids_finish(builder.get(), 77, 2, &handle, &error), WM_OK);
  const Owned<wm_corpus> corpus(handle);
  const wm_corpus_info info = infoOf(corpus);
  CHECK_EQUAL(info.tokens, 1500U);
  CHECK_EQUAL(info.lines, 501U);
  CHECK_EQUAL(info.distinct, 2U);
  CHECK_EQUAL(info.input_bytes, 77U);
  CHECK_EQUAL(info.replaced, 2U);
  CHECK_EQUAL(info.external_ids, 1);
  CHECK_EQUAL(info.spilled, 1);
  CHECK(textOf(corpus) == expected + "\n");
  CHECK_EQUAL(vocabularyOf(viewOf(corpus)), "zero:0 one:500 two:0 three:1000");

  CHECK_EQUAL(wm_ids_append(builder.get(), piece.data(), 1, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_ids_finish(builder.get(), 0, 0, &handle, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_ids_begin(nullptr, &options, &made, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_ids_begin(keys.get(), &options, &made, &error), WM_OK);
  const Owned<wm_id_builder> empty(made);
  CHECK_EQUAL(wm_ids_finish(empty.get(), 0, 0, &handle, &error), WM_ERR_CORPUS);
}

void givesTextInPortions() {
  const Owned<wm_corpus> corpus = corpusOf("one two\nthree\n\nfour\n");
  CHECK_EQUAL(textOf(corpus, 8), "one two\nthree\n\nfour\n");
  uint8_t buffer[8];
  uint64_t bytes = 0;
  uint64_t next = 0;
  wm_error error;
  CHECK_EQUAL(wm_corpus_text(corpus.get(), 0, buffer, 7, &bytes, &next, &error), WM_ERR_LIMIT);
  CHECK_EQUAL(wm_corpus_text(corpus.get(), 0, buffer, 8, &bytes, &next, &error), WM_OK);
  CHECK_EQUAL(bytes, 8U);
  CHECK_EQUAL(next, 3U);
}

std::string manyTokens() {
  std::string text;
  for (int i = 0; i < 300000; ++i) text += std::to_string(i % 977) + (i % 10 == 9 ? "\n" : " ");
  return text;
}

void spillsIntoATemporaryFile() {
  const TemporaryFolder folder;
  const std::string text = manyTokens();
  wm_corpus_options options = corpusOptions();
  options.temporary_folder = folder.path;
  options.memory_limit = 100000;
  const Owned<wm_corpus> corpus = corpusOf(text, options);
  CHECK_EQUAL(infoOf(corpus).spilled, 1);
  CHECK(textOf(corpus) == text);
  // It has no name, so that nothing of it stays behind.
  DIR* listing = opendir(folder.path);
  int entries = 0;
  while (readdir(listing) != nullptr) ++entries;
  closedir(listing);
  CHECK_EQUAL(entries, 2);

  options.memory_limit = 100 << 20;
  CHECK_EQUAL(infoOf(corpusOf(text, options)).spilled, 0);

  options.memory_limit = 1;
  options.temporary_folder = "/nonexistent";
  const Owned<wm_corpus_builder> builder = begin(options);
  append(builder, text);
  wm_corpus* none = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &none, &error), WM_ERR_IO);
  CHECK_EQUAL(error.system, ENOENT);
}

/// Runs a check in a process of its own, whose limits may be ruined.
template <typename Body>
void inChild(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    check::failures = 0;
    body();
    _exit(check::failures == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void reportsAFullDisk() {
  inChild([] {
    const struct rlimit limit = {1 << 20, 1 << 20};
    CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    wm_corpus_options options = corpusOptions();
    options.memory_limit = 1000;
    const Owned<wm_corpus_builder> builder = begin(options);
    append(builder, manyTokens());
    wm_corpus* corpus = nullptr;
    wm_error error;
    CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, &error), WM_ERR_IO);
    CHECK_EQUAL(error.system, EFBIG);
  });
}

void reportsWantOfMemory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  inChild([] {
    const struct rlimit limit = {300 << 20, 300 << 20};
    CHECK_EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
    const Owned<wm_corpus_builder> builder = begin(corpusOptions());
    wm_code code = WM_OK;
    std::string text;
    for (int round = 0; round < 400 && code == WM_OK; ++round) {
      text.clear();
      for (int i = 0; i < 50000; ++i) text += "distinct-" + std::to_string(round) + "-" + std::to_string(i) + "\n";
      code = append(builder, text);
    }
    CHECK_EQUAL(code, WM_ERR_MEMORY);
    wm_corpus* corpus = nullptr;
    CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, nullptr), WM_ERR_MEMORY);
  });
#endif
}

void canBeLeftInTheMiddle() {
  const Owned<wm_corpus_builder> builder = begin(corpusOptions());
  const std::string text = manyTokens();
  for (int i = 0; i < 10; ++i) append(builder, text);
}

}  // namespace

int main() {
  // First, while there are no threads yet.
  reportsAFullDisk();
  reportsWantOfMemory();
  separatesTokens();
  readsWindowsLinesLikeOthers();
  ordersWordsByFrequencyThenBytes();
  skipsByteOrderMarks();
  endsAnUnfinishedLineWithItsInput();
  reportsBrokenUtf8();
  theFirstErrorOfTheTextIsReported();
  mendsOrKeepsBrokenUtf8();
  cutsLongTokens();
  refusesNothing();
  refusesBadOptions();
  readsFiles();
  readsPipesAndLeavesThem();
  takesReadyTokens();
  takesReadyIds();
  takesIdsInPieces();
  givesTextInPortions();
  spillsIntoATemporaryFile();
  canBeLeftInTheMiddle();
  return checkResult();
}
