/*
 * wordmill_backend.h - what an accelerator module implements, as a C99 header.
 *
 * A module is a shared library with one function, wordmill_backend, which gives the table below. The engine loads it by
 * its absolute path (wm_module_load) and is the only caller; other programs use wordmill.h.
 *
 * Conventions
 * - As in wordmill.h: no function throws, aborts or prints; on failure it fills the wm_error, which may be NULL. A
 * device that runs out of memory is WM_ERR_MEMORY with the bytes needed and free, one that fails WM_ERR_DEVICE, and
 * what a module cannot do WM_ERR_UNSUPPORTED.
 * - Arguments have been checked by the engine. Arrays may be NULL where they are said to be optional.
 * - Arrays given to a call may be freed when it returns, but for the rows of `_begin` and `_open`, into which results
 * are written later.
 * - Sums of many threads may differ in their order from one run to the next, unless something else is said.
 * - The handles of one device may be used from different threads, each by one at a time.
 */
#ifndef WORDMILL_BACKEND_H
#define WORDMILL_BACKEND_H

#include "wordmill.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever anything below, or a struct of wordmill.h that it uses, changes. */
#define WM_BACKEND_VERSION 1

/* Rows of f32 in the caller's memory. */
typedef struct wm_backend_rows {
  float* values; /* NULL: there are none */
  uint64_t rows;
  uint64_t columns;
  uint64_t stride; /* floats from one row to the next */
} wm_backend_rows;

/*
 * An alias table: row i has the numbers slots[2 i], a threshold, and slots[2 i + 1], another row. A draw takes a
 * uniform number i below `rows`, and i itself where 32 random bits are below the threshold, else the other.
 */
typedef struct wm_backend_noise {
  const uint32_t* slots;
  uint64_t rows; /* 0: nothing is drawn */
} wm_backend_noise;

/* Path of row r: nodes[starts[r]] .. from the root, and as many signs, +1 where the target is 1 and -1 where it is 0.
 */
typedef struct wm_backend_tree {
  const uint64_t* starts; /* rows + 1 */
  const uint32_t* nodes;
  const float* signs;
  uint64_t rows; /* 0: there is no tree */
} wm_backend_tree;

/* ---------------------------------------------------------------- training */

typedef struct wm_backend_device wm_backend_device;
/* Weights on the device, and blocks of text on their way there. */
typedef struct wm_backend_training wm_backend_training;

/* What blocks gave, added up. */
typedef struct wm_backend_result {
  uint64_t examples;
  double loss;
} wm_backend_result;

/* Skip-gram and CBOW, words and subwords; wm_window_job_create says what is trained. */
typedef struct wm_backend_window {
  const wm_window_options* options;
  wm_backend_rows input;
  wm_backend_rows output; /* negative sampling */
  wm_backend_rows tree;   /* hierarchical softmax */
  const float* locks;     /* NULL, or a factor for each input row */
  /* Subwords: rows word_rows[word_starts[w]] .. of `input` stand for word w together; NULL: a word is its row. */
  const uint64_t* word_starts; /* words + 1 */
  const uint32_t* word_rows;
  uint64_t words;
  const uint32_t* keep; /* a word is kept when 32 random bits are not above its number; NULL: all are */
  wm_backend_noise noise;
  wm_backend_tree paths;
  /* How often a centre has each row of the input as its own, and each of the output as its target or as noise; and how
   * many outputs it has. Averages, after subsampling: they limit what is learned at the same time from the same row. */
  const float* input_uses;  /* input.rows */
  const float* output_uses; /* words */
  double mean_outputs;
  uint64_t tokens;      /* of one epoch: limits how much of the text is worked on at the same time */
  uint64_t block_words; /* of a block at most: memory for blocks is taken at the beginning */
  uint64_t block_sentences;
} wm_backend_window;

/* Part of the text: sentence s is words[starts[s]] .. words[starts[s + 1]]. */
typedef struct wm_backend_sentences {
  const uint32_t* words;
  const uint32_t* starts; /* sentences + 1, the first is 0 */
  uint64_t sentences;
  uint64_t number;  /* of the block: what is drawn is a function of the seed and of it */
  float rate;       /* learning rate at the first word; linear up to */
  float rate_after; /* the one after the last word */
} wm_backend_sentences;

/* Lines with labels; wm_classifier_job_create says what is trained. */
typedef struct wm_backend_classifier {
  const wm_classifier_options* options;
  wm_backend_rows input;  /* features */
  wm_backend_rows output; /* labels, or nodes of their tree */
  uint64_t labels;
  wm_backend_noise noise;
  wm_backend_tree paths;
  uint64_t examples; /* of one epoch */
  /* In a submit, and of its rows and labels together: what the first one has, since others, of examples in an order
   * that is random, have about as many. */
  uint64_t block_examples;
  uint64_t block_values;
} wm_backend_classifier;

/* Example e has the features rows[row_starts[e]] .. and the labels labels[label_starts[e]] .., at least one of each. */
typedef struct wm_backend_examples {
  const uint32_t* rows;
  const uint32_t* row_starts;
  const uint32_t* labels;
  const uint32_t* label_starts;
  uint64_t examples;
  uint64_t number;
  float rate; /* as in wm_backend_sentences */
  float rate_after;
} wm_backend_examples;

typedef struct wm_backend_entry {
  uint16_t row;    /* of the tile */
  uint16_t column; /* of the tile */
  float log_count;
} wm_backend_entry;

/* GloVe; wm_glove_job_create says what is trained. */
typedef struct wm_backend_glove {
  const wm_glove_options* options;
  wm_backend_rows words;
  wm_backend_rows contexts;
  wm_backend_rows word_squares;
  wm_backend_rows context_squares;
  wm_backend_rows biases; /* 4 rows: biases of words, of contexts, and the sums of squares of both */
  /* Of all tiles. They stay where they are until the training is released: a device without room for them gets those of
     each block anew. */
  const wm_backend_entry* entries;
  uint64_t entry_count;
} wm_backend_glove;

/*
 * Nonzeros of the matrix between a range of words and a range of contexts. Entries of one row follow each other. Tiles
 * of a block share no words and no contexts, but for one that skips its diagonal, which is the mirror image of another;
 * it is trained after that one. Tiles of different blocks may share them.
 */
typedef struct wm_backend_tile {
  uint64_t first_entry; /* of the setup's */
  uint64_t count;
  uint64_t first_row;    /* of entry row 0 */
  uint64_t first_column; /* of entry column 0 */
  uint32_t rows;
  uint32_t columns;
  int32_t rows_are_context; /* 1: rows are contexts and columns words */
  int32_t skip_diagonal;    /* 1: entries with row == column (as numbers of the tile) are left out */
  int32_t backwards;        /* 1: from the last entry to the first */
} wm_backend_tile;

/* Prediction of the next token; wm_next_token_job_create says what is trained. */
typedef struct wm_backend_next_token {
  const wm_next_token_options* options;
  wm_backend_rows input;
  wm_backend_rows map;         /* values NULL: none */
  wm_backend_rows output;      /* values NULL: tied to the input */
  wm_backend_rows bias;        /* one row */
  const uint32_t* active_rows; /* full softmax: the rows that have a part, ascending; NULL: all */
  uint64_t active_count;
  wm_backend_noise noise; /* sampled softmax */
  const float* expected;  /* sampled softmax: log(samples * q) of each row */
  wm_backend_tree paths;  /* hierarchical softmax */
  uint64_t batches;       /* of a submit, at most */
} wm_backend_next_token;

/*
 * What an optimiser does to a number x with gradient g (as src/kernels/kernels.h): x = shrink * x, g += decay * x, then
 * - 0, plain: x -= rate * g
 * - 1, momentum: m = momentum * m + g; x -= rate * m
 * - 2, AdaGrad: s += g^2; x -= rate * g / (sqrt(s) + epsilon)
 * - 3, Adam: m += new_share * (g - m); s = square_momentum * s + new_square_share * g^2; x -= rate * m / (sqrt(s) +
 *   epsilon)
 */
typedef struct wm_backend_step {
  int32_t rule;
  float rate;
  float shrink;
  float decay;
  float momentum;
  float epsilon;
  float new_share;
  float square_momentum;
  float new_square_share;
} wm_backend_step;

/* One step: the tokens of a batch, and up to context_size tokens before each, the nearest first, UINT32_MAX for none.
 */
typedef struct wm_backend_batch {
  const uint32_t* targets;
  const uint32_t* contexts; /* size x context_size */
  uint64_t size;
  uint64_t number;            /* of the step */
  wm_backend_step dense;      /* map, and the output and bias of full softmax */
  wm_backend_step rows;       /* rows that have a gradient */
  wm_backend_step dense_bias; /* bias of full softmax */
  wm_backend_step rows_bias;  /* biases of rows that have a gradient */
} wm_backend_batch;

/* ---------------------------------------------------------------- other work */

/* A table on the device that is trained by gradients, and what an optimiser keeps beside it. */
typedef struct wm_backend_embedding wm_backend_embedding;

/* Rows on the device, to be searched. */
typedef struct wm_backend_index wm_backend_index;

typedef struct wm_backend_query {
  const float* queries; /* n x columns */
  uint64_t n;
  int32_t scaled;     /* 1: scores are multiplied by the scales of their rows */
  uint32_t k;         /* 1 .. rows */
  uint64_t first_row; /* rows first .. last - 1 are searched, of those that there are */
  uint64_t last_row;
  const uint64_t* exclude_offsets; /* n + 1; NULL: none */
  const uint32_t* exclude;         /* rows never returned for a query */
  const uint8_t* allowed;          /* NULL, or one byte for each row of the table */
} wm_backend_query;

/* Pairs of words that stand near each other. */
typedef struct wm_backend_counter wm_backend_counter;

typedef struct wm_backend_count {
  uint64_t rows; /* of the vocabulary */
  uint32_t window_size;
  int32_t symmetric;       /* 1: both sides, and only entries with column <= row are kept; 0: a pair is of the earlier
                              word's row */
  const uint64_t* weights; /* of a pair at distance 1 .. window_size: weights[distance] */
  uint64_t tokens;         /* of the text */
  uint64_t pairs_at_once;  /* that are sorted, at most; 0: as many as suits the device */
} wm_backend_count;

/* ---------------------------------------------------------------- the table */

typedef struct wm_backend {
  uint32_t backend_version; /* WM_BACKEND_VERSION of the module. This member stays where it is in all versions */
  char name[16];            /* "cuda" */
  char version[16];         /* of the package */

  /* How many devices can be used; where there are none, `reason` (which may be NULL) becomes why. Any thread. */
  uint32_t (*device_count)(char* reason, uint64_t capacity);
  wm_code (*device_describe)(uint32_t index, wm_device_info* out, wm_error* error);
  wm_code (*device_open)(uint32_t index, wm_backend_device** out, wm_error* error);
  void (*device_close)(wm_backend_device* device);

  /*
   * `_begin` copies the weights to the device. `_submit` copies a block of work there and returns, at the latest when
   * the device has begun it; blocks are worked on in the order in which they came, and more than one at a time only
   * where their order does not matter.
   */
  wm_code (*window_begin)(wm_backend_device* device, const wm_backend_window* setup, wm_backend_training** out,
                          wm_error* error);
  wm_code (*window_submit)(wm_backend_training* training, const wm_backend_sentences* block, wm_error* error);
  wm_code (*classifier_begin)(wm_backend_device* device, const wm_backend_classifier* setup, wm_backend_training** out,
                              wm_error* error);
  wm_code (*classifier_submit)(wm_backend_training* training, const wm_backend_examples* block, wm_error* error);
  wm_code (*glove_begin)(wm_backend_device* device, const wm_backend_glove* setup, wm_backend_training** out,
                         wm_error* error);
  wm_code (*glove_submit)(wm_backend_training* training, const wm_backend_tile* tiles, uint64_t count, wm_error* error);
  wm_code (*next_token_begin)(wm_backend_device* device, const wm_backend_next_token* setup, wm_backend_training** out,
                              wm_error* error);
  wm_code (*next_token_submit)(wm_backend_training* training, const wm_backend_batch* batches, uint64_t count,
                               wm_error* error);

  /* Does not wait: how many blocks are not finished, and what those that finished since the last call gave. */
  wm_code (*training_collect)(wm_backend_training* training, uint64_t* unfinished, wm_backend_result* result,
                              wm_error* error);
  /* Blocks end early, those that are submitted later at once. Any thread. */
  void (*training_cancel)(wm_backend_training* training);
  /* Waits, and writes the weights back into the rows that `_begin` was given. */
  wm_code (*training_read)(wm_backend_training* training, wm_error* error);
  void (*training_release)(wm_backend_training* training);

  wm_code (*embedding_open)(wm_backend_device* device, const wm_backend_rows* table, wm_backend_embedding** out,
                            wm_error* error);
  /* out[i] = row ids[i], dense */
  wm_code (*embedding_gather)(wm_backend_embedding* embedding, const uint32_t* ids, uint64_t n, float* out,
                              wm_error* error);
  /* Row ids[i] += values[i], the rows of `values` dense; the sums are the same in every run. */
  wm_code (*embedding_scatter_add)(wm_backend_embedding* embedding, const uint32_t* ids, uint64_t n,
                                   const float* values, wm_error* error);
  /* A step on the rows among ids, whose gradient is the sum of theirs; the sums are the same in every run. */
  wm_code (*embedding_step)(wm_backend_embedding* embedding, const uint32_t* ids, uint64_t n, const float* gradients,
                            const wm_backend_step* step, wm_error* error);
  wm_code (*embedding_read)(wm_backend_embedding* embedding, wm_error* error);
  void (*embedding_close)(wm_backend_embedding* embedding);

  /* `scales`: a number for each row. */
  wm_code (*index_open)(wm_backend_device* device, const wm_backend_rows* table, const float* scales,
                        wm_backend_index** out, wm_error* error);
  /* The k best rows for each query, best first, ties by lower row; UINT32_MAX and -infinity where there are fewer. */
  wm_code (*index_search)(wm_backend_index* index, const wm_backend_query* query, uint32_t* rows, float* scores,
                          wm_error* error);
  void (*index_close)(wm_backend_index* index);

  wm_code (*count_begin)(wm_backend_device* device, const wm_backend_count* setup, wm_backend_counter** out,
                         wm_error* error);
  /* Words of whole sentences, UINT32_MAX after each. */
  wm_code (*count_append)(wm_backend_counter* counter, const uint32_t* words, uint64_t n, wm_error* error);
  /* After the last words: entries of row r are offsets[r] .. offsets[r + 1]; rows + 1 of them. */
  wm_code (*count_finish)(wm_backend_counter* counter, uint64_t* offsets, wm_error* error);
  /* n entries from `first` on, by ascending column in each row; values are sums of weights. */
  wm_code (*count_read)(wm_backend_counter* counter, uint64_t first, uint64_t n, uint32_t* columns, double* values,
                        wm_error* error);
  void (*count_release)(wm_backend_counter* counter);
} wm_backend;

WM_API const wm_backend* wordmill_backend(void);

#ifdef __cplusplus
}
#endif
#endif
