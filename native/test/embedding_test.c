/* What an application that embeds the engine does: train from a text file through wordmill.h alone, in C. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wordmill.h"

static int fail(const char* what, const wm_error* error) {
  fprintf(stderr, "%s: %s (option '%s', offset %lld)\n", what, error->text, error->option, (long long)error->offset);
  return 1;
}

/* Two topics that never mix: words of one must end up nearer to each other than to those of the other. */
static int writeText(const char* path) {
  static const char* const topics[2][5] = {{"cat", "dog", "fur", "paw", "tail"},
                                           {"tax", "law", "vote", "bill", "court"}};
  FILE* file = fopen(path, "wb");
  unsigned random = 1;
  int line, word;
  if (file == NULL) return 0;
  for (line = 0; line < 4000; ++line) {
    for (word = 0; word < 10; ++word) {
      random = random * 1664525U + 1013904223U;
      fprintf(file, "%s ", topics[line % 2][(random >> 16) % 5]);
    }
    fputc('\n', file);
  }
  return fclose(file) == 0;
}

static int row(const wm_view* view, const char* word) {
  return (int)wm_keys_find(wm_view_keys(view), (const uint8_t*)word, strlen(word));
}

int main(int argc, char** argv) {
  const char* path = argc > 1 ? argv[1] : "embedding_test.txt";
  wm_error error;
  wm_corpus_options corpusOptions;
  wm_view_options viewOptions;
  wm_window_options options;
  wm_window_tables tables;
  wm_corpus_builder* builder;
  wm_corpus* corpus;
  wm_view* view;
  wm_view_info info;
  wm_job* job;
  wm_job_progress progress;
  float scores[10];
  float query[16];
  uint32_t cat;

  if (!writeText(path)) return 1;
  memset(&corpusOptions, 0, sizeof(corpusOptions));
  corpusOptions.max_token_bytes = 1000;
  if (wm_corpus_begin(&corpusOptions, &builder, &error) != WM_OK) return fail("corpus", &error);
  if (wm_corpus_append_file(builder, path, NULL, &error) != WM_OK) return fail("file", &error);
  if (wm_corpus_finish(builder, NULL, &corpus, &error) != WM_OK) return fail("corpus", &error);
  wm_corpus_builder_release(builder);

  memset(&viewOptions, 0, sizeof(viewOptions));
  viewOptions.min_count = 5;
  viewOptions.max_sentence_length = 1000;
  if (wm_view_create(corpus, &viewOptions, &view, &error) != WM_OK) return fail("view", &error);
  wm_corpus_release(corpus); /* the view keeps it */
  wm_view_describe(view, &info);
  if (info.rows != 10 || info.tokens != 40000) {
    fprintf(stderr, "%d words, %d tokens\n", (int)info.rows, (int)info.tokens);
    return 1;
  }

  memset(&tables, 0, sizeof(tables));
  if (wm_table_create(WM_F32, info.rows, 16, &tables.input, &error) != WM_OK) return fail("input", &error);
  if (wm_table_create(WM_F32, info.rows, 16, &tables.output, &error) != WM_OK) return fail("output", &error);
  if (wm_table_fill_uniform(tables.input, 0, info.rows, -0.03f, 0.03f, 1, &error) != WM_OK) return fail("fill", &error);
  memset(&options, 0, sizeof(options));
  options.architecture = WM_SKIP_GRAM;
  options.objectives = WM_NEGATIVE_SAMPLING;
  options.window_size = 5;
  options.dynamic_window = 1;
  options.negative_samples = 5;
  options.negative_exponent = 0.75;
  options.learning_rate = 0.025;
  options.epochs = 5;
  options.threads = 2;
  options.window_size = 0;
  if (wm_window_job_create(view, &tables, &options, &job, &error) != WM_ERR_OPTION ||
      strcmp(error.option, "windowSize") != 0) {
    fprintf(stderr, "a window of 0 was not refused\n");
    return 1;
  }
  options.window_size = 5;
  if (wm_window_job_create(view, &tables, &options, &job, &error) != WM_OK) return fail("job", &error);
  if (wm_job_submit(job, 0, options.epochs * info.blocks, &error) != WM_OK) return fail("submit", &error);
  if (wm_job_wait(job, &error) != WM_OK) return fail("wait", &error);
  wm_job_poll(job, &progress);
  wm_job_release(job);
  if (progress.tokens_done != 5 * 40000 || !(progress.loss_sum / (double)progress.examples < 4.0)) {
    fprintf(stderr, "%d tokens, loss %f\n", (int)progress.tokens_done, progress.loss_sum / (double)progress.examples);
    return 1;
  }

  cat = (uint32_t)row(view, "cat");
  if (wm_table_gather(tables.input, &cat, 1, query, 1, &error) != WM_OK) return fail("gather", &error);
  if (wm_scores(tables.input, query, 1, WM_COSINE, 1, NULL, scores, &error) != WM_OK) return fail("scores", &error);
  printf("cat: dog %.3f, law %.3f\n", scores[row(view, "dog")], scores[row(view, "law")]);
  if (!(scores[row(view, "dog")] > scores[row(view, "law")] + 0.3f)) return 1;

  wm_view_release(view);
  wm_table_release(tables.input);
  wm_table_release(tables.output);
  remove(path);
  return 0;
}
