#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "cuda_runtime.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

thread_local dim3 threadIdx;
thread_local dim3 blockIdx;
thread_local dim3 blockDim;
thread_local dim3 gridDim;

// ---------------------------------------------------------------- threads that take turns

#if defined(__x86_64__)
extern "C" void wordmillSwitch(void** saved, void* next);
// Keeps what the calling convention says a function keeps, on the stack that is left.
asm(R"(
.text
.globl wordmillSwitch
.hidden wordmillSwitch
.type wordmillSwitch, @function
wordmillSwitch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size wordmillSwitch, .-wordmillSwitch
)");
#endif

namespace wordmill::cuda::emulator {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kStackBytes = 256 * 1024;
#else
constexpr size_t kStackBytes = 64 * 1024;
#endif
constexpr unsigned kLanes = 32;

/// Waits until as many came as are expected.
struct Barrier {
  unsigned expected = 0;
  unsigned arrived = 0;
  uint64_t generation = 0;
};

struct Warp {
  Barrier barrier;
  uint64_t words[2][kLanes] = {};
};

/// Stacks of threads that have ended. To ask for new ones with every launch would take longer than most kernels do.
std::vector<std::unique_ptr<char[]>>& spareStacks() {
  static std::vector<std::unique_ptr<char[]>> stacks;
  return stacks;
}

/// A place to go on from.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    if (stack_) spareStacks().push_back(std::move(stack_));
  }
#if defined(__x86_64__)
  void start(void (*function)()) {
    // As if `function` had been about to return into itself: aligned, with room for the six registers.
    auto top = reinterpret_cast<uintptr_t>(stack()) + kStackBytes - 64;
    top &= ~uintptr_t{15};
    auto* const slots = reinterpret_cast<void**>(top) - 8;
    for (int i = 0; i < 6; ++i) slots[i] = nullptr;
    slots[6] = reinterpret_cast<void*>(function);
    slots[7] = nullptr;
    pointer_ = slots;
  }
  static void swap(Context& from, Context& to) {
    before(from, to);
    wordmillSwitch(&from.pointer_, to.pointer_);
    after(from);
  }
#else
  void start(void (*function)()) {
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack();
    context_.uc_stack.ss_size = kStackBytes;
    context_.uc_link = nullptr;
    makecontext(&context_, function, 0);
  }
  static void swap(Context& from, Context& to) {
    before(from, to);
    swapcontext(&from.context_, &to.context_);
    after(from);
  }
#endif
  /// The first thing on a new stack.
  static void entered() { after(nullptr); }

 private:
  char* stack() {
    std::vector<std::unique_ptr<char[]>>& spare = spareStacks();
    if (!stack_ && !spare.empty()) {
      stack_ = std::move(spare.back());
      spare.pop_back();
    }
    if (!stack_) stack_.reset(new char[kStackBytes]);
    return stack_.get();
  }
#if defined(__SANITIZE_ADDRESS__)
  // AddressSanitizer is told which stack is in use.
  static void before(Context& from, Context& to) {
    const void* bottom = to.stack_ ? to.stack_.get() : to.bottom_;
    const size_t size = to.stack_ ? kStackBytes : to.size_;
    __sanitizer_start_switch_fiber(&from.fake_, bottom, size);
    leaving() = &from;
  }
  static void after(Context& arrived) { finish(arrived.fake_); }
  static void after(std::nullptr_t) { finish(nullptr); }
  static void finish(void* fake) {
    const void* bottom = nullptr;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(fake, &bottom, &size);
    if (!leaving()->stack_) {
      leaving()->bottom_ = bottom;
      leaving()->size_ = size;
    }
  }
  static Context*& leaving() {
    static thread_local Context* context = nullptr;
    return context;
  }
  void* fake_ = nullptr;
  const void* bottom_ = nullptr;
  size_t size_ = 0;
#else
  static void before(Context&, Context&) {}
  static void after(Context&) {}
  static void after(std::nullptr_t) {}
#endif
  std::unique_ptr<char[]> stack_;
#if defined(__x86_64__)
  void* pointer_ = nullptr;
#else
  ucontext_t context_{};
#endif
};

struct Thread {
  Context context;
  bool ended = false;
  unsigned exchanges = 0;
};

void threadMain();

/// A block that runs. After each round of its threads others may have a turn.
struct Block {
  const std::function<void()>* body = nullptr;
  unsigned number = 0;
  bool alone = true;
  Context outside;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  Barrier barrier;
  unsigned current = 0;
  unsigned live = 0;
  std::vector<uint64_t> shared;  // of 8 bytes, so that a sanitizer sees what is beyond it
  uint64_t turnsWithoutProgress = 0;

  void start(unsigned theNumber, size_t sharedBytes) {
    number = theNumber;
    // Shared memory begins with what happened to be there: numbers that are no numbers show what was not written.
    shared.assign((sharedBytes + 7) / 8, ~uint64_t{0});
    warps.assign(threads.size() / kLanes, Warp{});
    barrier = Barrier{};
    live = static_cast<unsigned>(threads.size());
    current = 0;
    turnsWithoutProgress = 0;
    for (Thread& thread : threads) {
      thread.ended = false;
      thread.exchanges = 0;
      thread.context.start(threadMain);
    }
  }

  /// Until all threads have ended, or had a turn where others are waiting.
  void turn();

  void next() {
    const unsigned from = current;
    do {
      current = (current + 1) % static_cast<unsigned>(threads.size());
    } while (threads[current].ended);
    if (current <= from && !alone) {
      Context::swap(threads[from].context, outside);
    } else if (current != from) {
      threadIdx.x = current;
      Context::swap(threads[from].context, threads[current].context);  // whoever comes back has set both
    }
  }
};

thread_local Block* running = nullptr;

void Block::turn() {
  running = this;
  blockIdx.x = number;
  threadIdx.x = current;
  Context::swap(outside, threads[current].context);
  running = nullptr;
}

[[noreturn]] void stuck(const char* what) {
  std::fprintf(stderr, "emulator: block %u: threads wait for each other at %s that not all of them reach\n", blockIdx.x,
               what);
  std::abort();
}

void threadMain() {
  Context::entered();
  Block& block = *running;
  (*block.body)();
  const unsigned own = block.current;
  block.threads[own].ended = true;
  block.turnsWithoutProgress = 0;
  --block.live;
  if (block.live == 0) {
    Context::swap(block.threads[own].context, block.outside);
  }
  // A barrier of the block does not wait for threads that have ended.
  if (block.barrier.arrived > 0 && block.barrier.arrived == block.live) {
    block.barrier.arrived = 0;
    ++block.barrier.generation;
    block.turnsWithoutProgress = 0;
  }
  block.next();
  std::abort();  // nobody comes back to a thread that has ended
}

void wait(Barrier& barrier, unsigned expected, const char* what) {
  Block& block = *running;
  if (++barrier.arrived == expected) {
    barrier.arrived = 0;
    ++barrier.generation;
    block.turnsWithoutProgress = 0;
    return;
  }
  const uint64_t generation = barrier.generation;
  while (barrier.generation == generation) {
    if (++block.turnsWithoutProgress > 4 * block.threads.size() + 64) stuck(what);
    block.next();
    if (barrier.generation == generation && block.live == 1) stuck(what);
  }
}

Warp& warpOfThread() { return running->warps[running->current / kLanes]; }

/// One kernel at a time in the process: their static shared memory is one, and so are the spare stacks.
std::mutex kernelMutex;

}  // namespace

void waitForBlock() {
  Block& block = *running;
  wait(block.barrier, block.live, "__syncthreads");
}

const uint64_t* exchange(uint64_t word) {
  Thread& thread = running->threads[running->current];
  Warp& warp = warpOfThread();
  const unsigned turn = thread.exchanges++ % 2;
  warp.words[turn][laneNumber()] = word;
  wait(warp.barrier, kLanes, "a warp's exchange");
  return warp.words[turn];
}

void* sharedMemory() { return running->shared.data(); }

cudaError_t beginKernel();
unsigned blocksAtOnce();

void run(unsigned blocks, unsigned threads, size_t sharedBytes, const std::function<void()>& body) {
  if (beginKernel() != cudaSuccess) return;
  if (threads == 0 || threads > 1024 || threads % kLanes != 0) stuck("a launch of no whole warps");
  const std::lock_guard<std::mutex> lock(kernelMutex);
  gridDim.x = blocks;
  blockDim.x = threads;
  std::vector<std::unique_ptr<Block>> active;
  unsigned next = 0;
  for (; next < std::min(blocks, blocksAtOnce()); ++next) {
    active.push_back(std::make_unique<Block>());
    active.back()->body = &body;
    active.back()->alone = blocksAtOnce() == 1;
    active.back()->threads = std::vector<Thread>(threads);
    active.back()->start(next, sharedBytes);
  }
  while (!active.empty()) {
    for (std::unique_ptr<Block>& block : active) {
      block->turn();
      if (block->live > 0) continue;
      if (next < blocks) {
        block->start(next++, sharedBytes);
      } else {
        block.reset();
      }
    }
    active.erase(std::remove(active.begin(), active.end(), nullptr), active.end());
  }
}

}  // namespace wordmill::cuda::emulator

unsigned __ballot_sync(unsigned, int predicate) {
  const uint64_t* const words = wordmill::cuda::emulator::exchange(predicate != 0 ? 1 : 0);
  unsigned bits = 0;
  for (unsigned lane = 0; lane < 32; ++lane) bits |= static_cast<unsigned>(words[lane]) << lane;
  return bits;
}
