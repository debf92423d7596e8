#pragma once

#include "window/contexts.h"
#include "window/hot_nodes.h"
#include "window/outputs.h"
#include "window/window_parameters.h"

// Skip-gram and CBOW: a warp goes through a piece of a sentence. The rows of the contexts stay in shared memory while
// they are within reach, those of outputs in registers for a window; what was learned is added to the device's memory
// with atomics. After "FULL-W2V: Fully Exploiting Data Reuse for W2V on GPU-Accelerated Systems" (Randall, Allen & Ge
// 2021), which names these gains.

namespace wordmill::cuda {

/// Skip-gram with subwords: contexts of a centre beyond that many draw no noise words of their own, as on the
/// processor.
constexpr uint32_t kDrawingContexts = 6;

template <int K>
class PieceTrainer {
 public:
  __device__ PieceTrainer(const WindowParameters& p, const WindowBlock& b, HotNodes& hot, float* ring, uint32_t piece,
                          WarpSums& sums)
      : p_(p),
        b_(b),
        hot_(hot),
        sentence_(b.words + b.starts[b.pieces[piece].sentence]),
        length_(b.kept[b.pieces[piece].sentence]),
        first_(b.pieces[piece].first),
        piece_(piece),
        rate_(b.rate + b.ratePerWord * static_cast<float>(b.starts[b.pieces[piece].sentence] + first_)),
        contexts_(p, b, ring, sentence_, length_),
        sums_(sums) {}

  template <WindowKind kKind>
  __device__ void train() {
    if (length_ < 2 || first_ >= length_) return;
    const uint32_t end = min(length_, first_ + kCentresOfPiece);
    if (kKind != WindowKind::kSubwordSkipGram) contexts_.begin(first_);
    for (uint32_t centre = first_; centre < end; ++centre) {
      placeWindow(centre);
      if (kKind == WindowKind::kSkipGram) trainSkipGram(centre);
      if (kKind == WindowKind::kCbow) trainCbow(centre);
      if (kKind == WindowKind::kSubwordSkipGram) trainSubwordSkipGram(centre);
      if (p_.hotNodes > 0) hot_.windowDone();
    }
    if (kKind != WindowKind::kSubwordSkipGram) contexts_.end();
  }

 private:
  __device__ void placeWindow(uint32_t centre) {
    uint32_t reach = p_.windowSize;
    if (p_.dynamicWindow) reach = 1 + below(draw(key(b_.windowKey), centre - first_), p_.windowSize);
    from_ = centre > reach ? centre - reach : 0;
    to_ = min(length_ - 1, centre + reach);
  }

  __device__ uint64_t key(uint64_t ofBlock) const { return randomAt(ofBlock, piece_, 0); }

  /// Calls visit(position) for every context.
  template <typename Visit>
  __device__ void forContexts(uint32_t centre, Visit&& visit) const {
    for (uint32_t i = from_; i <= to_; ++i) {
      if (i != centre) visit(i);
    }
  }

  __device__ uint32_t noiseWord(uint32_t centre, uint32_t number, uint32_t perCentre) const {
    return p_.noise.draw(draw(key(b_.noiseKey), static_cast<uint64_t>(centre - first_) * perCentre + number));
  }

  /// The word itself, its noise words, and then the nodes of its path. A noise word that is the target is left out, as
  /// in word2vec.c.
  __device__ Output outputOf(uint32_t centre, uint32_t number) const {
    const uint32_t word = sentence_[centre];
    const uint32_t sampled = p_.negatives > 0 ? 1 + p_.negatives : 0;
    if (number >= sampled) return nodeOf(word, number - sampled);
    if (number == 0) return outputRow(word, 1.0F, 1.0F);
    const uint32_t noise = noiseWord(centre, number - 1, p_.negatives);
    return outputRow(noise, -1.0F, noise == word ? 0.0F : 1.0F);
  }

  __device__ Output outputRow(uint32_t word, float sign, float weight) const {
    return {rowOf(p_.output, word), -1, sign, weight, shareOfUses(p_.outputUses, word, b_.mostOutputUses)};
  }

  __device__ Output nodeOf(uint32_t word, uint32_t number) const {
    const uint64_t at = __ldg(p_.paths.starts + word) + number;
    const uint32_t node = __ldg(p_.paths.nodes + at);
    const uint32_t firstHot = p_.treeRows - p_.hotNodes;
    return {rowOf(p_.tree, node), node >= firstHot ? static_cast<int>(node - firstHot) : -1, __ldg(p_.paths.signs + at),
            1.0F, 1.0F};
  }

  __device__ uint32_t pathLength(uint32_t word) const {
    if (p_.paths.starts == nullptr) return 0;
    return static_cast<uint32_t>(__ldg(p_.paths.starts + word + 1) - __ldg(p_.paths.starts + word));
  }

  __device__ uint32_t outputsOf(uint32_t centre) const {
    return (p_.negatives > 0 ? 1 + p_.negatives : 0) + pathLength(sentence_[centre]);
  }

  __device__ float* rowOf(float* table, uint32_t row) const { return table + static_cast<uint64_t>(row) * p_.stride; }

  /// The contexts of a centre share its outputs.
  __device__ void trainSkipGram(uint32_t centre) {
    contexts_.moveTo(centre);
    const auto list = [&](uint32_t number) { return outputOf(centre, number); };
    stepOutputs<K>(p_, hot_, outputsOf(centre), list, rate_, sums_, [&](auto&& gradientOf) {
      forContexts(centre, [&](uint32_t i) { contexts_.add(i, gradientOf(contexts_.value(i))); });
    });
    sums_.examples += to_ - from_;
  }

  /// The gradient of the hidden layer goes to every context whole, also for the mean, as in word2vec.c and gensim.
  __device__ void trainCbow(uint32_t centre) {
    contexts_.moveTo(centre);
    Row<K> hidden;
    hidden.clear();
    uint32_t rows = 0;
    forContexts(centre, [&](uint32_t i) {
      hidden.add(1.0F, contexts_.value(i));
      rows += contexts_.rowsOf(i);
    });
    if (p_.mean) hidden.scale(1.0F / static_cast<float>(rows));
    Row<K> gradient;
    gradient.clear();
    stepHidden(hidden, gradient, outputsOf(centre), [&](uint32_t number) { return outputOf(centre, number); });
    forContexts(centre, [&](uint32_t i) { contexts_.add(i, gradient); });
    ++sums_.examples;
  }

  /// The centre's rows are read once and written once for all its contexts, which share noise words.
  __device__ void trainSubwordSkipGram(uint32_t centre) {
    const uint32_t word = sentence_[centre];
    const Bag bag = bagOf(p_, word);
    Row<K> hidden = sumOfBag<K>(p_, bag);
    hidden.scale(1.0F / static_cast<float>(bag.count));
    Row<K> learned;
    learned.clear();
    const auto step = [&](uint32_t count, auto&& list) {
      Row<K> gradient;
      gradient.clear();
      stepHidden(hidden, gradient, count, list);
      hidden.add(1.0F, gradient);
      learned.add(1.0F, gradient);
    };
    if (p_.negatives > 0) {
      const uint32_t contexts = to_ - from_;
      const uint32_t drawn = min(contexts, kDrawingContexts) * p_.negatives;
      const float weight = static_cast<float>(contexts * p_.negatives) / static_cast<float>(drawn);
      step(contexts + drawn, [&](uint32_t number) { return contextOrNoise(centre, number, contexts, weight); });
    }
    if (p_.paths.starts != nullptr) {
      forContexts(centre, [&](uint32_t i) {
        const uint32_t context = sentence_[i];
        step(pathLength(context), [&](uint32_t number) { return nodeOf(context, number); });
      });
    }
    addToBag<K>(p_, b_, bag, 1.0F, learned);
    sums_.examples += to_ - from_;
  }

  /// A noise word that is a context of the centre is left out.
  __device__ Output contextOrNoise(uint32_t centre, uint32_t number, uint32_t contexts, float weight) const {
    if (number < contexts) {
      const uint32_t position = from_ + number;
      return outputRow(sentence_[position < centre ? position : position + 1], 1.0F, 1.0F);
    }
    const uint32_t noise = noiseWord(centre, number - contexts, kDrawingContexts * p_.negatives);
    bool isContext = false;
    forContexts(centre, [&](uint32_t i) { isContext |= sentence_[i] == noise; });
    return outputRow(noise, -1.0F, isContext ? 0.0F : weight);
  }

  /// One input, as it was before the step, against all outputs.
  template <typename List>
  __device__ void stepHidden(const Row<K>& hidden, Row<K>& gradient, uint32_t count, const List& list) {
    stepOutputs<K>(p_, hot_, count, list, rate_, sums_,
                   [&](auto&& gradientOf) { gradient.add(1.0F, gradientOf(hidden)); });
  }

  const WindowParameters& p_;
  const WindowBlock& b_;
  HotNodes& hot_;
  const uint32_t* const sentence_;
  const uint32_t length_;
  const uint32_t first_;
  const uint32_t piece_;
  const float rate_;
  Contexts<K> contexts_;
  WarpSums& sums_;
  uint32_t from_ = 0;  // positions of the window, the centre among them
  uint32_t to_ = 0;
};

template <int K, WindowKind kKind>
__global__ void __launch_bounds__(kWarpsOfWindowBlock* kLanes) trainWindows(WindowParameters p, WindowBlock b) {
  float* const shared = sharedMemory<float>();
  HotNodes hot(p, b, shared);
  float* const ring = shared + HotNodes::floats(p) + warpOfBlock() * Contexts<K>::floats(p);
  if (p.hotNodes > 0) hot.fetch();
  double loss = 0.0;
  unsigned long long examples = 0;
  for (;;) {
    uint32_t piece = 0;
    if (lane() == 0) piece = *b.cancelled != 0 ? b.pieceCount : atomicAdd(b.nextPiece, 1U);
    piece = fromLane(piece, 0);
    if (piece >= b.pieceCount) break;
    WarpSums sums;
    PieceTrainer<K>(p, b, hot, ring, piece, sums).template train<kKind>();
    loss += sums.loss;
    examples += sums.examples;
  }
  loss = sumOfWarp(loss);
  if (lane() == 0 && examples > 0) {
    atomicAdd(&b.sums->loss, loss);
    atomicAdd(&b.sums->examples, examples);
  }
  if (p.hotNodes > 0) {
    __syncthreads();
    hot.passOn();
  }
}

template <int Parts>
WindowKernel windowKernel(WindowKind kind) {
  switch (kind) {
    case WindowKind::kSkipGram:
      return trainWindows<Parts, WindowKind::kSkipGram>;
    case WindowKind::kCbow:
      return trainWindows<Parts, WindowKind::kCbow>;
    default:
      return trainWindows<Parts, WindowKind::kSubwordSkipGram>;
  }
}

}  // namespace wordmill::cuda
