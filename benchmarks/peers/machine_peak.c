/*
 * What a machine can do at best, as JSON: GB/s read and copied, and GFLOP/s of fused multiply-adds in single precision.
 *   cc -O3 -march=native -ffp-contract=fast -pthread machine_peak.c -o machine_peak && ./machine_peak THREADS
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
typedef float vector __attribute__((vector_size(VECTOR_BYTES)));

enum { LANES = VECTOR_BYTES / 4, CHAINS = 12, PASSES = 9, MAX_THREADS = 256 };
static const size_t kBytes = (size_t)1 << 30;
static const long kSteps = 20 * 1000 * 1000;

static char* source;
static char* target;
static int threads;

static void* fma_part(void* unused) {
  (void)unused;
  vector chains[CHAINS], factor, summand;
  for (int lane = 0; lane < LANES; lane++) factor[lane] = 0.999f, summand[lane] = 0.001f;
  /* The compiler must take them for unknown. */
  __asm__ volatile("" : "+m"(factor), "+m"(summand));
  for (int chain = 0; chain < CHAINS; chain++) chains[chain] = factor * (float)chain;
  for (long step = 0; step < kSteps; step++) {
    for (int chain = 0; chain < CHAINS; chain++) chains[chain] = chains[chain] * factor + summand;
  }
  for (int chain = 0; chain < CHAINS; chain++) __asm__ volatile("" : "+m"(chains[chain]));
  return NULL;
}

static size_t part_bytes(void) { return kBytes / (size_t)threads / 4096 * 4096; }

static void* read_part(void* index) {
  const vector* at = (const vector*)(source + (size_t)index * part_bytes());
  const vector* end = (const vector*)((const char*)at + part_bytes());
  vector sums[8] = {{0}};
  for (; at < end; at += 8) {
    for (int i = 0; i < 8; i++) sums[i] += at[i];
  }
  for (int i = 0; i < 8; i++) __asm__ volatile("" : "+m"(sums[i]));
  return NULL;
}

static void* copy_part(void* index) {
  const size_t offset = (size_t)index * part_bytes();
  memcpy(target + offset, source + offset, part_bytes());
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int ascending(const void* a, const void* b) {
  const double difference = *(const double*)a - *(const double*)b;
  return (difference > 0) - (difference < 0);
}

/* Median seconds of the work on `count` threads. */
static double measure(void* (*work)(void*), int count) {
  double samples[PASSES];
  threads = count;
  for (int pass = 0; pass < PASSES; pass++) {
    pthread_t handles[MAX_THREADS];
    const double start = now();
    for (long i = 0; i < count; i++) {
      if (pthread_create(&handles[i], NULL, work, (void*)i) != 0) exit(1);
    }
    for (int i = 0; i < count; i++) pthread_join(handles[i], NULL);
    samples[pass] = now() - start;
  }
  qsort(samples, PASSES, sizeof samples[0], ascending);
  return samples[PASSES / 2];
}

static char* memory(void) {
  char* bytes = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED) exit(1);
#ifdef MADV_HUGEPAGE
  madvise(bytes, kBytes, MADV_HUGEPAGE);
#endif
  memset(bytes, 1, kBytes);
  return bytes;
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 1;
  if (count < 1 || count > MAX_THREADS) return 2;
  source = memory();
  target = memory();
  const double gb = (double)kBytes / 1e9;
  const double flop = 2.0 * LANES * CHAINS * (double)kSteps / 1e9;
  printf("{\"threads\":%d,\"readGBs\":%.2f,", count, gb / measure(read_part, count));
  printf("\"copyGBs\":%.2f,", gb / measure(copy_part, count));
  printf("\"copyOneThreadGBs\":%.2f,", gb / measure(copy_part, 1));
  printf("\"fmaGflops\":%.1f}\n", flop * count / measure(fma_part, count));
  return 0;
}
