/*
 * wordmill.h - the whole native surface of Wordmill, as a C99 header.
 *
 * Conventions
 * - Every function that can fail returns a wm_code and, when it is not WM_OK, fills the wm_error given to it
 *   (which may be NULL). No function throws, aborts, prints, or leaves a half-made handle behind: an out
 *   parameter is written only on success.
 * - A handle is owned by whoever created it and given back with its own `_release`, which accepts NULL.
 *   A handle that was built from others keeps what it needs of them alive: the order of release is free.
 * - Handles may be used from any thread. Unless said otherwise, a handle may be read by many threads at once
 *   and must not be read while it is written (trained, filled, appended to).
 * - Sizes are 64-bit. Keys are bytes with a length, never NUL-terminated and never assumed to be UTF-8.
 * - `threads` = 0 means as many as the process may run on.
 */
#ifndef WORDMILL_H
#define WORDMILL_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define WM_API __declspec(dllexport)
#else
#define WM_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a struct or a signature below changes. */
#define WM_ABI_VERSION 23

/* ---------------------------------------------------------------- errors */

typedef enum wm_code {
  WM_OK = 0,
  WM_ERR_FORMAT,      /* the bytes are not what the format says */
  WM_ERR_TRUNCATED,   /* the input ends too early */
  WM_ERR_LIMIT,       /* a length or count exceeds what is allowed */
  WM_ERR_IO,          /* the operating system refused; `system` is its errno */
  WM_ERR_MEMORY,      /* out of memory */
  WM_ERR_OPTION,      /* `option` names the argument at fault */
  WM_ERR_CORPUS,      /* empty corpus, or nothing left of it */
  WM_ERR_DIVERGED,    /* a weight became NaN or infinite in `block` */
  WM_ERR_UNSUPPORTED, /* this machine or build cannot do that */
  WM_ERR_CANCELLED,   /* a wm_signal was raised */
  WM_ERR_NATIVE,      /* a defect of the engine itself */
  WM_ERR_DEVICE       /* an accelerator or its module is missing, does not fit, or failed */
} wm_code;

typedef struct wm_error {
  int32_t code;    /* a wm_code */
  int32_t system;  /* errno, or 0 */
  int64_t offset;  /* byte offset in the input, or -1 */
  int64_t block;   /* index of the training block, or -1 */
  uint64_t needed; /* WM_ERR_MEMORY of a device: bytes asked for .. */
  uint64_t free;   /* .. and bytes that were free; else 0 */
  char option[48]; /* the option at fault in the caller's spelling (`windowSize`), or "" */
  char text[232];  /* what happened and what to do; UTF-8 */
} wm_error;

/* ---------------------------------------------------------------- runtime */

typedef enum wm_isa { WM_ISA_SCALAR = 0, WM_ISA_AVX2, WM_ISA_AVX512, WM_ISA_NEON } wm_isa;

typedef struct wm_runtime_info {
  uint32_t abi_version;
  int32_t isa;           /* the wm_isa in use */
  uint32_t available;    /* bit set: 1 << wm_isa for each table that runs here */
  uint32_t threads;      /* processors that this process may run on */
  uint64_t memory_bytes; /* memory that this process may still take, or 0 where unknown */
  char version[16];
  char compiler[48];
  char processor[64];
} wm_runtime_info;

/*
 * The instruction set is chosen once in a process: the best one that the processor and the operating system
 * support, or the one named by the environment variable WORDMILL_ISA (scalar, avx2, avx512, neon).
 * WM_ERR_UNSUPPORTED when that one is unknown or missing on this machine; every later call then fails likewise.
 */
WM_API wm_code wm_runtime(wm_runtime_info* out, wm_error* error);

/* ---------------------------------------------------------------- devices: accelerators */

/*
 * A module is a shared library that implements wordmill_backend.h, such as libwordmill_cuda.so. Once loaded it stays in
 * the process.
 */
typedef struct wm_module wm_module;

/* By its absolute path. WM_ERR_IO when there is no such file, WM_ERR_DEVICE when it is no module, or of another
 * version. */
WM_API wm_code wm_module_load(const char* path, wm_module** out, wm_error* error);

typedef struct wm_module_info {
  char name[16]; /* "cuda" */
  char version[16];
  uint32_t devices;
  char reason[232]; /* why there are none; else "" */
} wm_module_info;
WM_API void wm_module_describe(const wm_module* module, wm_module_info* out);

typedef struct wm_device_info {
  char name[64];
  uint32_t capability; /* major * 10 + minor */
  uint32_t multiprocessors;
  uint64_t memory_bytes;
  uint64_t free_bytes;
  uint32_t driver;  /* highest version of the runtime that the driver serves: major * 1000 + minor * 10 */
  uint32_t runtime; /* that the module was built with */
} wm_device_info;
/* WM_ERR_DEVICE for an index out of range. */
WM_API wm_code wm_module_device(const wm_module* module, uint32_t index, wm_device_info* out, wm_error* error);
WM_API void wm_module_release(wm_module* module);

/*
 * A device to work on: the `device` of an options struct, which is used only until the call returns; jobs keep what
 * they need of it. Weights of a job stay on the device while it runs and are written to its tables when it comes to
 * rest. Results differ from those of the processor in rounding, and from run to run, as sums of many threads have no
 * fixed order.
 */
typedef struct wm_device wm_device;
WM_API wm_code wm_device_open(const wm_module* module, uint32_t index, wm_device** out, wm_error* error);
WM_API void wm_device_release(wm_device* device);

/* ---------------------------------------------------------------- signal: cancels long work, and tells how far it is
 */

typedef struct wm_signal wm_signal;
WM_API wm_code wm_signal_create(wm_signal** out, wm_error* error);
WM_API void wm_signal_raise(wm_signal* signal);
WM_API int wm_signal_raised(const wm_signal* signal);
/* What the work that was given the signal has done so far, in the unit that it names; else 0. Any thread, any time. */
WM_API uint64_t wm_signal_done(const wm_signal* signal);
WM_API void wm_signal_release(wm_signal* signal);

/* ---------------------------------------------------------------- table: rows x columns of numbers */

/*
 * Number types of rows. A row of WM_I8 is `columns` signed bytes and, at once behind them, a float: number = byte *
 * float. WM_Q8_0 and WM_Q4_0 are blocks of 32 numbers as GGUF files have them, for columns that are a multiple of 32: a
 * binary16 scale, then 32 signed bytes, or 16 bytes whose low four bits are the first 16 numbers and whose high four
 * bits the others, all plus 8. Tables of these two are wrapped, mapped and read, but not made.
 */
typedef enum wm_dtype { WM_F32 = 0, WM_F16 = 1, WM_BF16 = 2, WM_I8 = 3, WM_Q8_0 = 4, WM_Q4_0 = 5 } wm_dtype;
typedef enum wm_owner { WM_OWNER_NATIVE = 0, WM_OWNER_BORROWED = 1, WM_OWNER_MAPPED = 2 } wm_owner;

typedef struct wm_table wm_table;

typedef struct wm_table_info {
  int32_t dtype; /* wm_dtype */
  int32_t owner; /* wm_owner */
  uint64_t rows;
  uint64_t columns;
  uint64_t row_stride; /* bytes from one row to the next */
  uint64_t bytes;      /* memory held (address space, for a mapped table) */
} wm_table_info;

/* Bytes of a dense row; 0 where there is no row of that type and length. */
WM_API uint64_t wm_row_bytes(wm_dtype dtype, uint64_t columns);

/* A zeroed table in the engine's own memory, rows padded to 64 bytes. The only kind that can be trained (f32). */
WM_API wm_code wm_table_create(wm_dtype dtype, uint64_t rows, uint64_t columns, wm_table** out, wm_error* error);

/* Somebody else's memory, any stride and alignment; it must stay valid and unchanged until the release. */
WM_API wm_code wm_table_wrap(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t row_stride, const void* data,
                             uint64_t bytes, wm_table** out, wm_error* error);

/* A read-only file mapping whose first row starts at `offset`. WM_ERR_TRUNCATED when the file is too short. */
WM_API wm_code wm_table_map(const char* path, uint64_t offset, wm_dtype dtype, uint64_t rows, uint64_t columns,
                            uint64_t row_stride, wm_table** out, wm_error* error);

WM_API void wm_table_describe(const wm_table* table, wm_table_info* out);

/* Native tables: uniform in [low, high); element (r, c) is a pure function of seed, r and c. */
WM_API wm_code wm_table_fill_uniform(wm_table* table, uint64_t first_row, uint64_t rows, float low, float high,
                                     uint64_t seed, wm_error* error);

/*
 * Native f32 tables: normal, with the mean and deviation of each column (NULL: 0 and 1); a pure function as above.
 */
WM_API wm_code wm_table_fill_normal(wm_table* table, uint64_t first_row, uint64_t rows, const float* means,
                                    const float* deviations, uint64_t seed, uint32_t threads, wm_error* error);

/* Mean and standard deviation of each column over the rows (f32 tables) but `left_out` (UINT64_MAX: none). */
WM_API wm_code wm_table_moments(const wm_table* table, uint64_t left_out, float* means, float* deviations,
                                uint32_t threads, wm_error* error);

/* Gather: out[i] = row rows[i] as f32; `out` holds count x columns. WM_ERR_OPTION when an id is out of range. */
WM_API wm_code wm_table_gather(const wm_table* table, const uint32_t* rows, uint64_t count, float* out,
                               uint32_t threads, wm_error* error);

/* Rows first .. first + count, dense, converted to `dtype`, into `out` of out_bytes. */
WM_API wm_code wm_table_read(const wm_table* table, uint64_t first_row, uint64_t count, wm_dtype dtype, void* out,
                             uint64_t out_bytes, wm_error* error);

/* Native tables: overwrite rows from dense values of `dtype`. */
WM_API wm_code wm_table_write(wm_table* table, uint64_t first_row, uint64_t count, wm_dtype dtype, const void* values,
                              uint64_t bytes, wm_error* error);

/*
 * Rows as signed bytes and scales apart (number = byte * scale), as files keep them: count x columns values and count
 * scales. Reading leaves out what is NULL. Other types are converted, as WM_I8 rows are made: scale = largest magnitude
 * / 127.
 */
WM_API wm_code wm_table_read_scaled(const wm_table* table, uint64_t first_row, uint64_t count, int8_t* values,
                                    float* scales, wm_error* error);
WM_API wm_code wm_table_write_scaled(wm_table* table, uint64_t first_row, uint64_t count, const int8_t* values,
                                     const float* scales, wm_error* error);

/* Euclidean length of every row, into `out` of `rows` floats; computed once and kept until the table changes. */
WM_API wm_code wm_table_norms(const wm_table* table, float* out, uint32_t threads, const wm_signal* signal,
                              wm_error* error);

/* Index of the first row with a NaN or infinity, or -1. */
WM_API wm_code wm_table_first_not_finite(const wm_table* table, uint32_t threads, int64_t* out, wm_error* error);

WM_API void wm_table_release(wm_table* table);

/* ---------------------------------------------------------------- keys: byte strings with an index */

typedef struct wm_keys wm_keys;

/* n keys: bytes[offsets[i] .. offsets[i + 1]); copied. Of equal keys the first is found. */
WM_API wm_code wm_keys_create(const uint8_t* bytes, const uint64_t* offsets, uint64_t n, wm_keys** out,
                              wm_error* error);

/*
 * Keys and index as stored in a file, mapped: offsets are n + 1 little-endian u64, slots a power of two of
 * little-endian u32 (row + 1, 0 = empty) as wm_keys_parts gives them. Offsets are checked here, slots at each look-up.
 */
WM_API wm_code wm_keys_map(const char* path, uint64_t bytes_offset, uint64_t bytes_length, uint64_t offsets_offset,
                           uint64_t n, uint64_t slots_offset, uint64_t slot_count, wm_keys** out, wm_error* error);

WM_API uint64_t wm_keys_size(const wm_keys* keys);
WM_API uint64_t wm_keys_duplicates(const wm_keys* keys); /* keys that are hidden by an equal one before them */
WM_API int64_t wm_keys_find(const wm_keys* keys, const uint8_t* bytes, uint64_t length); /* row, or -1 */
WM_API wm_code wm_keys_at(const wm_keys* keys, uint64_t row, const uint8_t** bytes, uint64_t* length, wm_error* error);

typedef struct wm_keys_parts_info {
  const uint8_t* bytes;
  uint64_t bytes_length;
  const uint64_t* offsets; /* n + 1 */
  const uint32_t* slots;
  uint64_t slot_count;
} wm_keys_parts_info;
WM_API void wm_keys_parts(const wm_keys* keys, wm_keys_parts_info* out);
WM_API void wm_keys_release(wm_keys* keys);

/* ---------------------------------------------------------------- decoder: bytes of a vector file -> table and keys */

typedef enum wm_layout {
  WM_LAYOUT_WORD2VEC_BINARY = 0, /* key, 0x20, columns x f32 little-endian, optional 0x0A */
  WM_LAYOUT_TEXT = 1             /* key, separator, columns decimal numbers, LF; split from the right */
} wm_layout;

typedef struct wm_decoder_options {
  int32_t layout; /* wm_layout */
  int32_t dtype;  /* wm_dtype of the table to make */
  uint64_t rows;  /* promised by the header; UINT64_MAX: until the end (text only) */
  uint64_t columns;
  uint64_t limit;         /* stop after that many rows; UINT64_MAX: all */
  uint64_t base;          /* file offset of the first byte fed, for error messages */
  uint64_t total_bytes;   /* bytes that will be fed, or 0 when unknown: bounds what is allocated before it is read */
  uint64_t max_key_bytes; /* longest key accepted, for instance 65536 */
  uint8_t separator;      /* text: 0x20 or 0x09 */
  uint8_t has_keys;       /* text: 0 = rows of numbers only (TensorFlow Projector); keys then stay empty */
} wm_decoder_options;

typedef struct wm_decoder wm_decoder;
WM_API wm_code wm_decoder_create(const wm_decoder_options* options, wm_decoder** out, wm_error* error);
/* Feed the next bytes. *wanted becomes 0 when all rows were read and the rest of the file does not matter. */
WM_API wm_code wm_decoder_feed(wm_decoder* decoder, const uint8_t* bytes, uint64_t length, int32_t* wanted,
                               wm_error* error);
/* After the last bytes. *keys is NULL when has_keys is 0. WM_ERR_TRUNCATED when rows are missing. */
WM_API wm_code wm_decoder_finish(wm_decoder* decoder, wm_table** table, wm_keys** keys, wm_error* error);
WM_API void wm_decoder_release(wm_decoder* decoder);

/* ---------------------------------------------------------------- encoder: table and keys -> bytes of a vector file */

typedef enum wm_number_style {
  WM_NUMBERS_BINARY = 0,  /* word2vec binary: key, 0x20, f32s, LF */
  WM_NUMBERS_FIXED6 = 1,  /* word2vec.c and GloVe: six decimals */
  WM_NUMBERS_SHORTEST = 2 /* fewest digits that read back as the same f32 */
} wm_number_style;

typedef struct wm_encode_options {
  int32_t style;
  uint8_t separator;          /* text: 0x20 or 0x09 */
  uint8_t trailing_separator; /* text: one more before the LF (word2vec.c, fastText) */
} wm_encode_options;

/*
 * Encode rows first.. while whole rows fit into `out` of `capacity` bytes; *rows and *bytes say how far it came.
 * keys may be NULL (numbers only). WM_ERR_LIMIT when not even one row fits: come again with more.
 */
WM_API wm_code wm_encode_rows(const wm_table* table, const wm_keys* keys, uint64_t first_row,
                              const wm_encode_options* options, uint8_t* out, uint64_t capacity, uint64_t* rows,
                              uint64_t* bytes, wm_error* error);

/* ---------------------------------------------------------------- corpus: text read once */

typedef enum wm_utf8_policy {
  WM_UTF8_STRICT = 0,  /* broken UTF-8 is WM_ERR_FORMAT with its offset */
  WM_UTF8_REPLACE = 1, /* each broken sequence becomes U+FFFD */
  WM_UTF8_ESCAPE = 2   /* bytes stay as they are */
} wm_utf8_policy;

typedef struct wm_corpus_options {
  int32_t utf8; /* wm_utf8_policy */
  uint32_t threads;
  uint64_t
      max_token_bytes;   /* 4 .. 2^30; longer tokens are cut there, at a character boundary, and counted in the info */
  uint64_t memory_limit; /* bytes of token stream kept in memory; beyond it, a temporary mapped file. 0 = no limit */
  const char* temporary_folder; /* for that file; NULL: TMPDIR or /tmp */
} wm_corpus_options;

/*
 * Tokens are separated by space, tab, CR and LF, and NUL, VT, FF as fastText has them; LF ends a line. A CR only
 * separates (CRLF files read like LF files). A UTF-8 byte order mark at the start of each input is skipped.
 */
typedef struct wm_corpus_builder wm_corpus_builder;
typedef struct wm_corpus wm_corpus;

WM_API wm_code wm_corpus_begin(const wm_corpus_options* options, wm_corpus_builder** out, wm_error* error);
/* The next bytes of the text. Blocks while the tokenizing threads are behind. One caller at a time. */
WM_API wm_code wm_corpus_append(wm_corpus_builder* builder, const uint8_t* bytes, uint64_t length, wm_error* error);
/* The end of one input: an unfinished token and line end here. */
WM_API wm_code wm_corpus_end_input(wm_corpus_builder* builder, wm_error* error);
/* Read a whole file by itself (wm_corpus_append and wm_corpus_end_input). */
WM_API wm_code wm_corpus_append_file(wm_corpus_builder* builder, const char* path, const wm_signal* signal,
                                     wm_error* error);
/* Ready tokens: bytes of all tokens, and their lengths; a length of UINT32_MAX ends a line and takes no bytes. */
WM_API wm_code wm_corpus_append_tokens(wm_corpus_builder* builder, const uint8_t* bytes, uint64_t length,
                                       const uint32_t* lengths, uint64_t count, wm_error* error);
WM_API uint64_t wm_corpus_bytes_done(const wm_corpus_builder* builder); /* any thread, any time */
/* WM_ERR_CORPUS when there was no token. The builder can then only be released. */
WM_API wm_code wm_corpus_finish(wm_corpus_builder* builder, const wm_signal* signal, wm_corpus** out, wm_error* error);
WM_API void wm_corpus_builder_release(wm_corpus_builder* builder);

/*
 * Ready token ids, never renumbered: row = id. `ids` holds `count` ids, UINT32_MAX ends a line; every other id must be
 * less than the number of keys. Copied.
 */
WM_API wm_code wm_corpus_from_ids(const uint32_t* ids, uint64_t count, const wm_keys* keys,
                                  const wm_corpus_options* options, wm_corpus** out, wm_error* error);

/*
 * The same in pieces, for text that a tokenizer turns into ids. One caller at a time. A piece with an id that has no
 * key is WM_ERR_OPTION, and none of it is taken.
 */
typedef struct wm_id_builder wm_id_builder;
WM_API wm_code wm_ids_begin(const wm_keys* keys, const wm_corpus_options* options, wm_id_builder** out,
                            wm_error* error);
WM_API wm_code wm_ids_append(wm_id_builder* builder, const uint32_t* ids, uint64_t count, wm_error* error);
/* For the info: the length of the text (0: the ids come from none), and how many broken UTF-8 sequences were replaced
 * in it. WM_ERR_CORPUS when there was no token. The builder can then only be released. */
WM_API wm_code wm_ids_finish(wm_id_builder* builder, uint64_t input_bytes, uint64_t replaced, wm_corpus** out,
                             wm_error* error);
WM_API void wm_id_builder_release(wm_id_builder* builder);

typedef struct wm_corpus_info {
  uint64_t tokens;
  uint64_t lines;
  uint64_t distinct; /* different tokens, before any pruning */
  uint64_t input_bytes;
  uint64_t cut_tokens;   /* longer than max_token_bytes */
  uint64_t replaced;     /* broken UTF-8 sequences that were replaced */
  uint64_t stream_bytes; /* 4 a token and 4 a line end */
  int32_t spilled;       /* 1: the stream lives in a temporary file */
  int32_t external_ids;  /* 1: made of ready ids */
} wm_corpus_info;
WM_API void wm_corpus_describe(const wm_corpus* corpus, wm_corpus_info* out);
WM_API void wm_corpus_release(wm_corpus* corpus);

/* ---------------------------------------------------------------- view: a corpus as one algorithm sees it */

typedef enum wm_sentence_policy {
  WM_SENTENCE_LINE = 0, /* a line is a sentence; longer ones are cut every max_sentence_length tokens */
  WM_SENTENCE_FIXED = 1 /* line ends are ignored; every max_sentence_length tokens are a sentence */
} wm_sentence_policy;

typedef struct wm_view_options {
  uint64_t min_count;                /* words rarer than that are dropped */
  uint64_t max_vocabulary;           /* at most that many of the most frequent; 0 = no limit */
  int32_t sentence;                  /* wm_sentence_policy */
  uint32_t max_sentence_length;      /* in-vocabulary tokens; 1 .. 1048576 */
  int32_t line_end_token;            /* 1: every line end is also a token "</s>", row 0, never pruned (word2vec.c) */
  const wm_keys* keep;               /* these are never pruned; may be NULL */
  const wm_keys* drop;               /* these always are; may be NULL */
  const wm_keys* vocabulary;         /* exactly these words, in this order, instead of the rules above; may be NULL */
  const uint64_t* vocabulary_counts; /* their frequencies; NULL: as counted in the corpus */
} wm_view_options;

/*
 * Rows are ordered by descending frequency, ties by key bytes (corpora with external ids and given vocabularies keep
 * their own order; of the former, pruned rows have count 0). WM_ERR_CORPUS when nothing is left.
 */
typedef struct wm_view wm_view;
WM_API wm_code wm_view_create(const wm_corpus* corpus, const wm_view_options* options, wm_view** out, wm_error* error);

typedef struct wm_view_info {
  uint64_t rows;   /* vocabulary size */
  uint64_t tokens; /* in-vocabulary tokens of one pass, before subsampling */
  uint64_t sentences;
  uint64_t dropped_words; /* distinct words that were pruned */
  uint64_t segments;      /* pieces of about 16384 tokens, cut at sentence ends */
  uint64_t blocks;        /* 16 segments each */
} wm_view_info;
WM_API void wm_view_describe(const wm_view* view, wm_view_info* out);
WM_API const wm_keys* wm_view_keys(const wm_view* view);    /* borrowed */
WM_API const uint64_t* wm_view_counts(const wm_view* view); /* borrowed, one for each row */
/* The tokens of segments first .. first + count as row ids, UINT32_MAX after each sentence. *n: in capacity, out used
 * (WM_ERR_LIMIT, with *n the capacity needed). */
WM_API wm_code wm_view_read(const wm_view* view, uint64_t first_segment, uint64_t count, uint32_t* out, uint64_t* n,
                            wm_error* error);
WM_API void wm_view_release(wm_view* view);

/* ---------------------------------------------------------------- phrases */

typedef struct wm_bigram {
  uint32_t first; /* rows of the view */
  uint32_t second;
  uint64_t count;
} wm_bigram;

/* Adjacent pairs within a line that occur at least min_count times, ordered by (first, second). Give back with
 * wm_bigrams_release. */
WM_API wm_code wm_bigrams_count(const wm_view* view, uint64_t min_count, uint32_t threads, const wm_signal* signal,
                                wm_bigram** out, uint64_t* count, wm_error* error);
WM_API void wm_bigrams_release(wm_bigram* bigrams);

/*
 * A new corpus in which every occurrence of a pair is one token, the two joined by the delimiter; from left to right,
 * a joined token is not joined again in the same pass (word2phrase). `first` and `second` hold n keys each.
 * Words that are in no pair, line ends and everything else stay as they are.
 */
WM_API wm_code wm_corpus_join(const wm_corpus* corpus, const wm_keys* first, const wm_keys* second,
                              const uint8_t* delimiter, uint64_t delimiter_length, const wm_signal* signal,
                              wm_corpus** out, wm_error* error);

/* Lines first .. of the corpus as text (tokens separated by one space, LF after each line) while whole lines fit.
 * Returns in *next the position to go on from (0 at the start; the end is reached when *next equals stream_bytes / 4).
 */
WM_API wm_code wm_corpus_text(const wm_corpus* corpus, uint64_t position, uint8_t* out, uint64_t capacity,
                              uint64_t* bytes, uint64_t* next, wm_error* error);

/* ---------------------------------------------------------------- search */

typedef enum wm_metric { WM_COSINE = 0, WM_DOT = 1 } wm_metric;

typedef struct wm_search_options {
  int32_t metric;                  /* cosine: queries are normalised here, rows by their cached norms */
  uint32_t k;                      /* results for each query */
  uint64_t first_row;              /* rows first .. last are searched */
  uint64_t last_row;               /* exclusive; UINT64_MAX: to the end */
  const uint64_t* exclude_offsets; /* queries + 1; may be NULL */
  const uint32_t* exclude;         /* rows never returned for that query */
  const uint8_t* allowed;          /* one byte for each row of the table, 0 = never returned; may be NULL */
  uint32_t threads;
  const wm_signal* signal;
  const wm_device* device; /* NULL: the processor */
} wm_search_options;

/*
 * The k best rows for each of n dense f32 queries (n x columns), best first, ties by lower row. `rows` and `scores`
 * hold n x k; places without a result have row UINT32_MAX and score -inf.
 */
WM_API wm_code wm_search(const wm_table* table, const float* queries, uint64_t n, const wm_search_options* options,
                         uint32_t* rows, float* scores, wm_error* error);

/* All scores of n queries: `out` holds n x rows of the table. */
WM_API wm_code wm_scores(const wm_table* table, const float* queries, uint64_t n, wm_metric metric, uint32_t threads,
                         const wm_signal* signal, float* out, wm_error* error);

/* ---------------------------------------------------------------- co-occurrence: how often words stand near each other
 */

/*
 * A square matrix, rows x rows of the vocabulary; entry (a, b) is how often b stood near a. It holds the entries that
 * are not 0, in rows, by ascending column; of a symmetric matrix only those with column <= row.
 */
typedef struct wm_cooccurrence wm_cooccurrence;

typedef struct wm_storage {
  uint64_t memory_limit;        /* bytes to hold in memory; beyond it, temporary files without a name. 0 = no limit */
  const char* temporary_folder; /* for those; NULL: TMPDIR or /tmp */
} wm_storage;

typedef struct wm_count_options {
  uint32_t window_size;       /* words to the left (and right); 1 .. 65535 */
  int32_t symmetric;          /* 1: both sides; 0: entry (a, b) counts b after a only */
  int32_t distance_weighting; /* 1: a pair at distance d counts 1/d; 0: it counts 1 */
  uint32_t threads;
  wm_storage storage;
  const wm_device* device; /* NULL: the processor */
} wm_count_options;

/*
 * Counts the pairs within the sentences of the view. Counts are sums of integers (wm_cooccurrence_info.unit), so they
 * are the same for any number of threads, any memory limit and any device. WM_ERR_OPTION "memoryLimit" when the limit
 * does not hold a row of the vocabulary for each thread; with a device it is only the result's. wm_signal_done: tokens
 * of the view.
 */
WM_API wm_code wm_cooccurrence_count(const wm_view* view, const wm_count_options* options, wm_signal* signal,
                                     wm_cooccurrence** out, wm_error* error);

/* The sum of two matrices with as many rows; symmetric when both are. */
WM_API wm_code wm_cooccurrence_add(const wm_cooccurrence* a, const wm_cooccurrence* b, const wm_storage* storage,
                                   const wm_signal* signal, wm_cooccurrence** out, wm_error* error);

/* Where wm_cooccurrence_part's bytes lie in a file. */
typedef struct wm_cooccurrence_file {
  const char* path;
  uint64_t rows;
  uint64_t stored;
  int32_t symmetric;
  double unit;
  uint64_t offsets_at; /* byte offsets of the three parts; any alignment */
  uint64_t columns_at;
  uint64_t values_at;
} wm_cooccurrence_file;

/* Copied and checked: WM_ERR_FORMAT with the offset of what is no such matrix, WM_ERR_TRUNCATED. */
WM_API wm_code wm_cooccurrence_load(const wm_cooccurrence_file* file, const wm_storage* storage,
                                    const wm_signal* signal, wm_cooccurrence** out, wm_error* error);

typedef struct wm_cooccurrence_info {
  uint64_t rows;
  uint64_t nonzeros; /* entries of the whole matrix */
  uint64_t stored;   /* entries held */
  int32_t symmetric;
  int32_t spilled; /* 1: it lives in a temporary file */
  double unit;     /* an entry held is a count times this */
  uint64_t bytes;
} wm_cooccurrence_info;
WM_API void wm_cooccurrence_describe(const wm_cooccurrence* matrix, wm_cooccurrence_info* out);

/* 0 for a pair that never occurred. WM_ERR_OPTION when a row is out of range. */
WM_API wm_code wm_cooccurrence_at(const wm_cooccurrence* matrix, uint64_t row, uint64_t column, double* out,
                                  wm_error* error);
/* A whole row by ascending column. *n: in capacity, out entries (WM_ERR_LIMIT, with *n the capacity needed). */
WM_API wm_code wm_cooccurrence_row(const wm_cooccurrence* matrix, uint64_t row, uint32_t* columns, double* counts,
                                   uint64_t* n, wm_error* error);

typedef enum wm_cooccurrence_part {
  WM_PART_OFFSETS = 0, /* rows + 1 u64: entries of row r are offsets[r] .. offsets[r + 1] */
  WM_PART_COLUMNS = 1, /* u32 each */
  WM_PART_VALUES = 2   /* f64 each, > 0 */
} wm_cooccurrence_part;
/* Copies bytes of one part as they are held, for files. */
WM_API wm_code wm_cooccurrence_read(const wm_cooccurrence* matrix, wm_cooccurrence_part part, uint64_t first_byte,
                                    uint8_t* out, uint64_t bytes, wm_error* error);
WM_API void wm_cooccurrence_release(wm_cooccurrence* matrix);

/*
 * The records of GloVe's programs: int32 row + 1, int32 column + 1, double count, little-endian; 16 bytes.
 * Pushed in pieces of any size, in any order of records; of equal pairs the counts are added up.
 */
typedef struct wm_records wm_records;
WM_API wm_code wm_records_create(const wm_storage* storage, wm_records** out, wm_error* error);
/* WM_ERR_FORMAT with the offset of a word id below 1, or of a count that is not above 0 and finite. */
WM_API wm_code wm_records_append(wm_records* records, const uint8_t* bytes, uint64_t length, wm_error* error);
WM_API uint64_t wm_records_size(const wm_records* records); /* whole records so far */
/*
 * The matrix; recognised as symmetric where it is. WM_ERR_TRUNCATED when the last record is not whole, WM_ERR_CORPUS
 * when there is none, WM_ERR_FORMAT with the offset of a word id beyond `rows`.
 */
WM_API wm_code wm_records_matrix(const wm_records* records, uint64_t rows, uint32_t threads, const wm_storage* storage,
                                 const wm_signal* signal, wm_cooccurrence** out, wm_error* error);
WM_API void wm_records_release(wm_records* records);

/* Gives records one after another: of a matrix, by row and column or shuffled; or those pushed, shuffled. */
typedef struct wm_record_reader wm_record_reader;
WM_API wm_code wm_record_reader_sorted(const wm_cooccurrence* matrix, wm_record_reader** out, wm_error* error);
/* `memory` bytes of records are shuffled at a time (at least 1 MiB); the order is a function of the seed and that. */
WM_API wm_code wm_record_reader_shuffled(const wm_cooccurrence* matrix, uint64_t seed, uint64_t memory,
                                         wm_record_reader** out, wm_error* error);
/* The same checks as wm_records_matrix. */
WM_API wm_code wm_record_reader_of_records(const wm_records* records, uint64_t seed, uint64_t memory,
                                           wm_record_reader** out, wm_error* error);
/* `out` starts at a multiple of 8. *bytes becomes the number written, a multiple of 16; 0 at the end. */
WM_API wm_code wm_record_reader_read(wm_record_reader* reader, uint8_t* out, uint64_t capacity, const wm_signal* signal,
                                     uint64_t* bytes, wm_error* error);
WM_API void wm_record_reader_release(wm_record_reader* reader);

/* ---------------------------------------------------------------- subwords: character n-grams of words, as fastText
 * has them */

typedef struct wm_subword_rules {
  uint32_t min_length; /* n-grams of that many code points .. */
  uint32_t max_length; /* .. to that many, of the word between "<" and ">"; 0: none */
  uint32_t buckets;    /* an n-gram's bucket is its hash modulo that */
  /*
   * 0: fastText's hash. 1 .. 4, not in trainings: so many of floret's, each with a bucket of its own; the word between
   * its marks is then one of its n-grams, and no word has a row of its own.
   */
  uint32_t hashes;
} wm_subword_rules;

/* Which rows of a table belong to a word's n-grams. */
typedef struct wm_subwords wm_subwords;

/*
 * For a training: rows for the n-grams of the view's words only, the most frequent first, after one row for each word.
 */
WM_API wm_code wm_subwords_of_view(const wm_view* view, const wm_subword_rules* rules, wm_subwords** out,
                                   wm_error* error);
/*
 * Bucket buckets[i] has row first_row + i; buckets NULL: every bucket b has row first_row + b (n is not used). An
 * n-gram without a row stands for zeros, or with skip_absent for nothing.
 */
WM_API wm_code wm_subwords_of_buckets(const wm_subword_rules* rules, uint32_t first_row, const uint32_t* buckets,
                                      uint64_t n, int skip_absent, wm_subwords** out, wm_error* error);

typedef struct wm_subwords_info {
  wm_subword_rules rules;
  uint32_t first_row;
  uint64_t rows; /* of n-grams */
} wm_subwords_info;
WM_API void wm_subwords_describe(const wm_subwords* subwords, wm_subwords_info* out);
/* The bucket of each row, `rows` of them. */
WM_API void wm_subwords_buckets(const wm_subwords* subwords, uint32_t* out);

/* The row of a bucket, or UINT32_MAX. */
WM_API uint32_t wm_subwords_row(const wm_subwords* subwords, uint32_t bucket);

typedef struct wm_ngram {
  uint32_t begin; /* byte in the word between its marks: 0 is "<" */
  uint32_t length;
  uint32_t bucket;
  uint32_t row; /* UINT32_MAX: none */
} wm_ngram;
/* The n-grams of a word. *n: in capacity, out their number (WM_ERR_LIMIT when that is more). */
WM_API wm_code wm_subwords_ngrams(const wm_subwords* subwords, const uint8_t* word, uint64_t length, wm_ngram* out,
                                  uint64_t* n, wm_error* error);

/* out[i] = the mean of row rows[i] of the table and of the rows of that key's n-grams; n x columns. WM_ERR_FORMAT where
 * one is not finite. */
WM_API wm_code wm_subwords_gather(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
                                  const uint32_t* rows, uint64_t n, float* out, uint32_t threads, wm_error* error);
/* The same for all keys, as a table. */
WM_API wm_code wm_subwords_compose(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
                                   uint32_t threads, const wm_signal* signal, wm_table** out, wm_error* error);
/* The same without waiting: rows are composed when they are first asked for, all of them when something needs many. */
WM_API wm_code wm_subwords_compose_later(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
                                         wm_table** out, wm_error* error);
/* A vector for a word without a row: the mean of its n-grams' rows, zeros where it has none. `out`: columns. *used:
 * n-grams that have a row. */
WM_API wm_code wm_subwords_infer(const wm_subwords* subwords, const wm_table* table, const uint8_t* word,
                                 uint64_t length, float* out, uint32_t* used, wm_error* error);
WM_API void wm_subwords_release(wm_subwords* subwords);

/* ---------------------------------------------------------------- job: a training that runs */

/*
 * A job is an ordered sequence of blocks, the same for every epoch. Weights change only while submitted
 * blocks are being worked on; between them (wm_job_wait has returned) they are consistent, and a job made again
 * from the same weights that continues at the same block gives, on one thread, the same bytes.
 */
typedef struct wm_job wm_job;
typedef enum wm_job_state { WM_JOB_IDLE = 0, WM_JOB_RUNNING = 1, WM_JOB_CANCELLED = 2, WM_JOB_FAILED = 3 } wm_job_state;

typedef struct wm_job_progress {
  int32_t state; /* wm_job_state */
  uint32_t threads;
  uint64_t blocks; /* of the whole job */
  uint64_t
      blocks_done; /* blocks of this job that are finished, the first .. without a gap not guaranteed while running */
  uint64_t tokens_total; /* in-vocabulary tokens before subsampling, times epochs */
  uint64_t tokens_done;  /* of the blocks run by this job */
  double loss_sum;       /* sum of the losses over `examples` */
  uint64_t examples;     /* (input, output objective) examples: contexts in skip-gram, centres in CBOW */
  double learning_rate;
  double seconds; /* wall time that blocks were being worked on */
} wm_job_progress;

/* Work on blocks first .. first + count; returns at once. Blocks run in order of submission, without a barrier. */
WM_API wm_code wm_job_submit(wm_job* job, uint64_t first_block, uint64_t count, wm_error* error);
WM_API void wm_job_poll(const wm_job* job, wm_job_progress* out);
/* Until everything submitted is done, or the job was cancelled or failed. Returns its error, if any. */
WM_API wm_code wm_job_wait(wm_job* job, wm_error* error);
/* Drop what was not begun and rest at the next block boundary. */
WM_API void wm_job_pause(wm_job* job);
/* Stop inside the block. The weights are then a valid state, but not one at a boundary. */
WM_API void wm_job_cancel(wm_job* job);
/* Called on an engine thread whenever the job comes to rest; at most one, set before the first submit. */
WM_API void wm_job_on_rest(wm_job* job, void (*callback)(void* data), void* data);
/* Cancels, waits and releases. */
WM_API void wm_job_release(wm_job* job);

/* ---------------------------------------------------------------- training: skip-gram and CBOW */

typedef enum wm_architecture { WM_SKIP_GRAM = 0, WM_CBOW = 1 } wm_architecture;
typedef enum wm_objective {
  WM_NEGATIVE_SAMPLING = 1,
  WM_HIERARCHICAL_SOFTMAX = 2,
  WM_FULL_SOFTMAX = 4, /* alone */
  WM_ONE_VS_ALL = 8    /* classifiers only: each label by itself */
} wm_objective;

typedef struct wm_window_options {
  int32_t architecture;
  int32_t objectives;     /* bit set of wm_objective */
  int32_t mean;           /* CBOW: 1 = mean of the context vectors, 0 = sum */
  int32_t dynamic_window; /* 1: each centre draws its window from 1 .. window_size */
  uint32_t window_size;
  uint32_t negative_samples;
  double negative_exponent; /* noise distribution: count ^ exponent; 0.75 in the paper */
  double sample;            /* t of the subsampling rule; 0 = off */
  double learning_rate;     /* at the first token */
  double learning_rate_end; /* at the last; linear between */
  uint64_t epochs;
  uint64_t seed;
  uint32_t threads;
  const wm_device* device; /* NULL: the processor */
} wm_window_options;

typedef struct wm_window_tables {
  wm_table* input;    /* rows of the view x columns; trained */
  wm_table* output;   /* the same shape, for negative sampling and full softmax; may be NULL otherwise */
  wm_table* tree;     /* (rows - 1) x columns, for hierarchical softmax; may be NULL otherwise */
  const float* locks; /* one for each row: factor on its input updates, 0 = frozen; may be NULL; copied */
  /*
   * NULL, or those of the view's vocabulary: a word is then the mean of its row and its n-grams' rows, which follow
   * those of the words in `input`; each of them takes the whole gradient, as in fastText. `locks` must then be NULL and
   * `mean` 1. Skip-gram then predicts each context from the centre.
   */
  const wm_subwords* subwords;
} wm_window_tables;

WM_API wm_code wm_window_job_create(const wm_view* view, const wm_window_tables* tables,
                                    const wm_window_options* options, wm_job** out, wm_error* error);

/*
 * The log likelihood of each sentence of the view under trained tables (natural logarithm, summed over its
 * (context, word) pairs with the full window), hierarchical softmax or full softmax only. `out` holds one double a
 * sentence.
 */
WM_API wm_code wm_window_score(const wm_view* view, const wm_window_tables* tables, const wm_window_options* options,
                               const wm_signal* signal, double* out, wm_error* error);

/* ---------------------------------------------------------------- classification of lines, as fastText does it */

typedef struct wm_examples_options {
  const uint8_t* label_prefix; /* words that begin so are labels */
  uint64_t label_prefix_length;
  uint64_t min_count;        /* rarer words have no row; they still count in n-grams */
  uint64_t min_count_label;  /* rarer labels are ignored */
  uint32_t word_ngrams;      /* runs of up to that many words are features; 1: words alone */
  wm_subword_rules subwords; /* word n-grams fall into the same buckets; 0 buckets: no n-grams of either kind */
  /*
   * All NULL, or the features and labels of a model that there is, in place of those of the text: least counts are then
   * not used, nor the rules above but word_ngrams, and n-grams without a row are left out. label_counts has a count for
   * each label, from which hierarchical softmax and negative sampling take theirs; copied.
   */
  const wm_keys* words;
  const wm_keys* labels;
  const uint64_t* label_counts;
  const wm_subwords* buckets;
} wm_examples_options;

/* Lines with labels, each as the rows of its words, their character n-grams, and its word n-grams. */
typedef struct wm_examples wm_examples;
WM_API wm_code wm_examples_create(const wm_corpus* corpus, const wm_examples_options* options, const wm_signal* signal,
                                  wm_examples** out, wm_error* error);

typedef struct wm_examples_info {
  uint64_t examples; /* lines with a label and a feature */
  uint64_t skipped;  /* other lines that are not empty */
  uint64_t tokens;   /* words, labels and line ends of the examples */
  uint64_t words;    /* the line end "</s>" among them */
  uint64_t labels;
  uint64_t rows; /* words and n-grams */
} wm_examples_info;
WM_API void wm_examples_describe(const wm_examples* examples, wm_examples_info* out);
/* Words and labels by falling count, and the counts. They live as long as the examples. */
WM_API const wm_keys* wm_examples_words(const wm_examples* examples);
WM_API const wm_keys* wm_examples_labels(const wm_examples* examples);
WM_API const uint64_t* wm_examples_word_counts(const wm_examples* examples);
WM_API const uint64_t* wm_examples_label_counts(const wm_examples* examples);
/* The rows of n-grams; a handle of its own. */
WM_API wm_code wm_examples_subwords(const wm_examples* examples, wm_subwords** out, wm_error* error);
WM_API void wm_examples_release(wm_examples* examples);

typedef struct wm_classifier_options {
  int32_t objective; /* one wm_objective */
  uint32_t negative_samples;
  double learning_rate; /* at the first example; falls to 0 linearly */
  uint64_t epochs;
  uint64_t seed;
  uint32_t threads;
  const wm_device* device; /* NULL: the processor */
} wm_classifier_options;
/* `input`: examples' rows x columns; `output`: labels x columns, one row less for hierarchical softmax. Both trained.
 */
WM_API wm_code wm_classifier_job_create(const wm_examples* examples, wm_table* input, wm_table* output,
                                        const wm_classifier_options* options, wm_job** out, wm_error* error);

typedef struct wm_classifier_parts {
  const wm_keys* words;
  const wm_keys* labels;
  const uint64_t* label_counts; /* for the Huffman tree of hierarchical softmax; may be NULL otherwise */
  const uint8_t* label_prefix;
  uint64_t label_prefix_length;
  uint32_t word_ngrams;
  const wm_subwords* buckets;
  const wm_table* input;
  const wm_table* output;
  int32_t objective; /* one wm_objective */
} wm_classifier_parts;

/* A trained model, ready to be asked. */
typedef struct wm_classifier wm_classifier;
WM_API wm_code wm_classifier_create(const wm_classifier_parts* parts, wm_classifier** out, wm_error* error);
/* Numbers in a text's vector. */
WM_API uint64_t wm_classifier_columns(const wm_classifier* classifier);
typedef struct wm_predict_options {
  uint32_t k;      /* labels a text, at most; from 1 */
  float threshold; /* least probability of a label */
  /* 1: with negative sampling and one-vs-all, sigmoids from a table of 512 steps as in fastText, instead of exact ones
   */
  int32_t sigmoid_table;
  uint32_t threads;
} wm_predict_options;
/*
 * The most probable labels of n texts, text i being the bytes from ends[i - 1] (or 0) to ends[i]. Text i has found[i]
 * labels, at most k: labels[i * k ..] and probabilities[i * k ..], best first. A text without any known feature has
 * none.
 */
WM_API wm_code wm_classifier_predict(const wm_classifier* classifier, const uint8_t* text, const uint64_t* ends,
                                     uint64_t n, const wm_predict_options* options, const wm_signal* signal,
                                     uint32_t* labels, float* probabilities, uint32_t* found, wm_error* error);
/* out = the mean of the rows of a text's features: wm_classifier_columns of them; zeros where there are none. */
WM_API wm_code wm_classifier_text_vector(const wm_classifier* classifier, const uint8_t* text, uint64_t length,
                                         float* out, wm_error* error);
WM_API void wm_classifier_release(wm_classifier* classifier);

/* ---------------------------------------------------------------- product quantisation, as in fastText's files */

/*
 * Rows cut into pieces of piece_length numbers (the last one holds what is left), each coded as one of 256 centroids.
 * Centroid k of piece p, of `length` numbers, stands at p * 256 * piece_length + k * length.
 */
typedef struct wm_quantized_parts {
  uint64_t rows;
  uint64_t columns;
  uint32_t piece_length;
  const uint8_t* codes;        /* rows x pieces */
  const float* centroids;      /* columns x 256 */
  const uint8_t* norm_codes;   /* NULL, or one for each row: the length by which its direction is multiplied */
  const float* norm_centroids; /* NULL, or 256 */
} wm_quantized_parts;

typedef struct wm_quantized wm_quantized;
/* Rows of a table, UINT32_MAX standing for zeros; k-means, determined by the seed. */
WM_API wm_code wm_quantized_of_table(const wm_table* table, const uint32_t* rows, uint64_t n, uint32_t piece_length,
                                     int norms, uint64_t seed, uint32_t threads, const wm_signal* signal,
                                     wm_quantized** out, wm_error* error);
/* Copies the parts. */
WM_API wm_code wm_quantized_create(const wm_quantized_parts* parts, wm_quantized** out, wm_error* error);
/* The parts, which live as long as the handle. */
WM_API void wm_quantized_describe(const wm_quantized* quantized, wm_quantized_parts* out);
/* The rows as a table of f32. */
WM_API wm_code wm_quantized_decode(const wm_quantized* quantized, wm_table** out, wm_error* error);
WM_API void wm_quantized_release(wm_quantized* quantized);

/* ---------------------------------------------------------------- training: GloVe */

typedef struct wm_glove_options {
  double learning_rate; /* eta of AdaGrad */
  double x_max;         /* counts of that much and more have weight 1 */
  double alpha;         /* below it the weight is (count / x_max) ^ alpha */
  double gradient_clip; /* each component of a gradient is cut to +- this */
  uint64_t epochs;
  uint64_t seed;
  uint32_t threads;
  const wm_device* device; /* NULL: the processor */
} wm_glove_options;

typedef struct wm_glove_tables {
  wm_table* words;           /* rows of the matrix x vector size */
  wm_table* contexts;        /* the same shape */
  wm_table* word_squares;    /* the same shape: sums of squared gradients, 1 at the start */
  wm_table* context_squares; /* the same shape */
  wm_table* biases;          /* 4 x rows: biases of words, of contexts, and the sums of squares of both */
} wm_glove_tables;

/*
 * AdaGrad on the squared error of word . context + biases against the logarithm of the count (Pennington et al. 2014).
 * Blocks are rounds of tiles that share no rows, so the result is the same for any number of threads; on a device it is
 * not the same twice. In wm_job_progress a token and an example is a nonzero entry, and the loss that of GloVe's
 * program (half the weighted squared error). The job keeps what it needs of the matrix in a form of its own (8 bytes an
 * entry held): the matrix may be released. wm_signal_done: entries that are in that form.
 */
WM_API wm_code wm_glove_job_create(const wm_cooccurrence* matrix, const wm_glove_tables* tables,
                                   const wm_glove_options* options, wm_signal* signal, wm_job** out, wm_error* error);

/* ---------------------------------------------------------------- optimisers and learning rates */

typedef enum wm_optimizer_rule {
  WM_SGD = 0,     /* plain, or with momentum */
  WM_ADAGRAD = 1, /* Duchi et al. 2011 */
  WM_ADAM = 2,    /* Kingma & Ba 2015 */
  WM_ADAMW = 3    /* Loshchilov & Hutter 2019: Adam whose weight decay is apart from the gradient */
} wm_optimizer_rule;

/* As torch.optim's SGD, Adagrad, Adam (for rows: SparseAdam) and AdamW. */
typedef struct wm_optimizer_options {
  int32_t rule;        /* wm_optimizer_rule */
  double momentum;     /* SGD: 0 .. 1, excluded; 0 = none */
  double beta1;        /* Adam and AdamW: memory of the running mean of the gradient; 0 .. 1, excluded */
  double beta2;        /* and of the one of its square */
  double epsilon;      /* AdaGrad, Adam and AdamW: added to the root of squares; above 0 */
  double weight_decay; /* at least 0; AdamW: share of the learning rate by which values shrink; others: added to the
                          gradient as a multiple of the value */
} wm_optimizer_options;

typedef enum wm_schedule_shape {
  WM_RATE_CONSTANT = 0,
  WM_RATE_LINEAR = 1, /* falls evenly */
  WM_RATE_COSINE = 2  /* falls as half a wave of the cosine */
} wm_schedule_shape;

typedef struct wm_schedule {
  int32_t shape; /* wm_schedule_shape */
  uint64_t warmup_steps;
  uint64_t total_steps; /* at least warmup_steps; constant: not used */
  double learning_rate; /* the highest */
  double final_rate;    /* after the last step, and from then on; constant: not used */
} wm_schedule;

/*
 * The learning rate of the step that `step` others precede: learning_rate * (step + 1) / (warmup_steps + 1) during the
 * warm-up, then from learning_rate (at step = warmup_steps) towards final_rate (at step = total_steps). WM_ERR_OPTION
 * for a value out of range.
 */
WM_API wm_code wm_schedule_rate(const wm_schedule* schedule, uint64_t step, double* out, wm_error* error);

/* ---------------------------------------------------------------- embedding: a trainable look-up table */

/*
 * As torch's Embedding and EmbeddingBag. Calls check all they are given before they change anything, and give the same
 * result for any number of threads. One caller at a time; nobody else may read or write the table during a call.
 */
typedef struct wm_embedding wm_embedding;

typedef struct wm_embedding_options {
  int64_t padding_row;        /* -1: none. It gets no gradient, and bags leave it out */
  double max_norm;            /* rows that are looked up are first cut to that length, in the table; 0: they are not */
  double norm_type;           /* p of that length: the p-th root of the sum of p-th powers; above 0, may be infinity */
  int32_t scale_by_frequency; /* 1: a row's gradient is divided by how often it stands among the ids of the call */
  uint32_t threads;
} wm_embedding_options;

/* Of a native f32 table, which it shares. */
WM_API wm_code wm_embedding_create(wm_table* table, const wm_embedding_options* options, wm_embedding** out,
                                   wm_error* error);

/* out[i] = row ids[i]; n x columns. WM_ERR_OPTION "ids" with the position of an id that is not a row. */
WM_API wm_code wm_embedding_forward(wm_embedding* embedding, const uint32_t* ids, uint64_t n, float* out,
                                    wm_error* error);
/* Adds gradients[i] to the gradient of row ids[i]. WM_ERR_OPTION "gradient" where one is not finite. */
WM_API wm_code wm_embedding_backward(wm_embedding* embedding, const uint32_t* ids, uint64_t n, const float* gradients,
                                     wm_error* error);

typedef enum wm_bag_mode { WM_BAG_SUM = 0, WM_BAG_MEAN = 1, WM_BAG_MAX = 2 } wm_bag_mode;

/* Bag b holds the ids from offsets[b] to offsets[b + 1], the last one those up to n. */
typedef struct wm_bags {
  int32_t mode; /* wm_bag_mode */
  const uint32_t* ids;
  uint64_t n;
  const uint32_t* offsets; /* the first is 0, none is less than the one before, or more than n */
  uint64_t bags;
  const float* weights; /* sum only: factor of each id; NULL: 1 */
} wm_bags;

/* out: bags x columns; zeros for a bag without rows. Of equal numbers the largest is that of the first row. */
WM_API wm_code wm_embedding_bag(wm_embedding* embedding, const wm_bags* bags, float* out, wm_error* error);
/*
 * Adds the gradient of the rows, given those of the bags. weight_gradients: n numbers, or NULL. For the largest the
 * rows are compared again, so the table must be as it was.
 */
WM_API wm_code wm_embedding_bag_backward(wm_embedding* embedding, const wm_bags* bags, const float* gradients,
                                         float* weight_gradients, wm_error* error);

/* The table as an output layer: out[i * rows + r] = hidden[i] . row r, for n x columns numbers. */
WM_API wm_code wm_embedding_logits(const wm_embedding* embedding, const float* hidden, uint64_t n, float* out,
                                   wm_error* error);
/* Adds to the gradient of all rows, given that of the logits. hidden_gradients: n x columns, overwritten; or NULL. */
WM_API wm_code wm_embedding_logits_backward(wm_embedding* embedding, const float* hidden, uint64_t n,
                                            const float* gradients, float* hidden_gradients, wm_error* error);

/*
 * A step on the rows that have a gradient, which they keep; others stay as they are. What the optimizer remembers of
 * earlier steps belongs to the embedding, and begins anew with another rule.
 */
WM_API wm_code wm_embedding_step(wm_embedding* embedding, const wm_optimizer_options* options, double learning_rate,
                                 wm_error* error);
WM_API wm_code wm_embedding_zero_gradient(wm_embedding* embedding, wm_error* error);
/* Frozen, gradients are checked and dropped, and steps change nothing. */
WM_API void wm_embedding_freeze(wm_embedding* embedding, int frozen);

typedef struct wm_embedding_info {
  uint64_t rows;
  uint64_t columns;
  uint64_t gradient_rows; /* rows that have a gradient */
  uint64_t steps;         /* taken with the present rule */
  uint64_t bytes;         /* beside the table: gradients and what the optimizer remembers */
} wm_embedding_info;
WM_API void wm_embedding_describe(const wm_embedding* embedding, wm_embedding_info* out);
/* The rows that have a gradient, in the order in which they got it, and their gradients, dense. */
WM_API wm_code wm_embedding_gradient(const wm_embedding* embedding, uint32_t* rows, float* values, wm_error* error);
WM_API void wm_embedding_release(wm_embedding* embedding);

/* ---------------------------------------------------------------- sequences of tokens */

/* Sentences of a view as one array of rows, 4 bytes and a bit a token. */
typedef struct wm_sequence wm_sequence;

/*
 * A share of the sentences (0 .. 1, excluded; at least one sentence unless it is 0) is held out, chosen by the seed:
 * with take_held_out 1 the sequence has those, with 0 all others. WM_ERR_CORPUS when a share is to be held out of a
 * single sentence.
 */
WM_API wm_code wm_sequence_create(const wm_view* view, double held_out, uint64_t seed, int32_t take_held_out,
                                  const wm_signal* signal, wm_sequence** out, wm_error* error);

typedef struct wm_sequence_info {
  uint64_t tokens;
  uint64_t sentences;
  uint64_t rows; /* of the vocabulary */
} wm_sequence_info;
WM_API void wm_sequence_describe(const wm_sequence* sequence, wm_sequence_info* out);
WM_API const uint64_t* wm_sequence_counts(const wm_sequence* sequence); /* borrowed, one for each row */
WM_API void wm_sequence_release(wm_sequence* sequence);

typedef struct wm_baselines {
  double unigram; /* sum of -log p(token) */
  double bigram;  /* sum of -log p(token | the one before it, or the start of its sentence) */
  double bigram_k;
} wm_baselines;

/*
 * What simple models that are counted on `training` lose on `held_out`, a sequence of as many rows (natural logarithm):
 * unigrams with 1 added to each count, and bigrams with k added. k is the best of 1, 1/2, 1/4 .. 2^-14 where bigrams
 * counted on nine of ten runs of 512 tokens of `training` predict every tenth one.
 */
WM_API wm_code wm_sequence_baselines(const wm_sequence* training, const wm_sequence* held_out, const wm_signal* signal,
                                     wm_baselines* out, wm_error* error);

/* ---------------------------------------------------------------- training: the next token */

typedef enum wm_context {
  WM_CONTEXT_MEAN = 0,        /* x = the mean of the rows of the tokens before */
  WM_CONTEXT_CONCATENATED = 1 /* x = their rows one after another, the nearest first; zeros where there is none */
} wm_context;

typedef enum wm_next_token_objective {
  WM_NEXT_TOKEN_SOFTMAX = 0, /* over the whole vocabulary */
  WM_NEXT_TOKEN_TREE = 1,    /* hierarchical: a product of decisions at the nodes of the Huffman tree of the counts */
  WM_NEXT_TOKEN_SAMPLED = 2  /* trained over the target and samples that a batch shares; otherwise as the first */
} wm_next_token_objective;

/*
 * With x of a token's context, h = x, or with a map h = M (x, 1), the logit of row w is output_w . h + bias_w; of node
 * n of the tree likewise. Sampled softmax (Bengio & Senecal 2008; Jean et al. 2015) takes log(samples * q_w) off each
 * logit, q being the distribution that samples are drawn from, and leaves out samples that are the target.
 */
typedef struct wm_next_token_tables {
  wm_table* input;  /* rows x d */
  wm_table* map;    /* d x (context_size * d + 1) when concatenated, else d x (d + 1), or NULL: none, only for a mean */
  wm_table* output; /* rows x d, with the tree (rows - 1) x d; NULL: the input's rows (tied; not with the tree) */
  wm_table* bias;   /* 1 x as many as the output has rows */
  const uint64_t* counts; /* of each row: for the tree, for samples and for counted_only; may be NULL otherwise */
  int32_t counted_only; /* 1: rows of count 0 have no part in the softmax: their probability is 0 (not with the tree) */
} wm_next_token_tables;

typedef struct wm_next_token_options {
  int32_t context;                /* wm_context */
  uint32_t context_size;          /* tokens before, 1 .. 1024 */
  int32_t objective;              /* wm_next_token_objective */
  uint32_t samples;               /* sampled: drawn for each batch, 1 .. 1048576 */
  double sample_exponent;         /* sampled: in proportion to count ^ exponent; -10 .. 10 */
  uint32_t batch_size;            /* tokens that a step predicts, 1 .. 65536 */
  wm_optimizer_options optimizer; /* weight decay spares the output's biases; rows without a gradient are left alone */
  int32_t schedule;               /* wm_schedule_shape */
  double warmup;                  /* share of all steps, 0 .. 1 */
  double learning_rate;
  double learning_rate_end; /* linear and cosine */
  uint64_t epochs;
  uint64_t seed;
  uint32_t threads;
  const wm_device* device; /* NULL: the processor */
} wm_next_token_options;

/*
 * Gradient descent on the mean of -log p(token) of each batch, in an order of tokens of its own in each epoch. A step
 * is done by all threads together and its sums have a fixed order, so the result is the same for any number of threads.
 * Blocks are about 8192 tokens. In wm_job_progress an example is a token, the loss that of the objective (of the
 * samples, when sampled). What the optimiser keeps begins at zero with the job.
 */
WM_API wm_code wm_next_token_job_create(const wm_sequence* sequence, const wm_next_token_tables* tables,
                                        const wm_next_token_options* options, wm_job** out, wm_error* error);

/* The sum of -log p(token) over a sequence; sampled softmax as full softmax. Of the options, what is only for training
 * does not matter. */
WM_API wm_code wm_next_token_loss(const wm_sequence* sequence, const wm_next_token_tables* tables,
                                  const wm_next_token_options* options, const wm_signal* signal, double* out,
                                  wm_error* error);

/* The probability of each row after `count` tokens, the last one nearest; only the last context_size matter. */
WM_API wm_code wm_next_token_predict(const wm_next_token_tables* tables, const wm_next_token_options* options,
                                     const uint32_t* tokens, uint64_t count, float* out, wm_error* error);

#ifdef __cplusplus
}
#endif
#endif
