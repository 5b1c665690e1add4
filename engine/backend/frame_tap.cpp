#include "engine/backend/frame_tap.h"

#include <algorithm>
#include <utility>

namespace fxs {

namespace {

constexpr std::chrono::milliseconds kPeriod{250};

/// The last frame of a batch.
template <class T, std::size_t N>
Array<T, N> lastOf(const Array<T, N>& all) {
    if (all.empty())
        return {};
    auto shape = all.shape();
    const std::size_t before = shape[0] - 1;
    shape[0] = 1;
    auto one = Array<T, N>::uninitialised(shape);
    std::copy_n(all.data() + before * one.size(), one.size(), one.data());
    return one;
}

Array<float, 4> valuesOfLast(const FrameBatch& frames) {
    if (frames.raw16.empty())
        return lastOf(frames.data);
    const Array<std::uint16_t, 4> stored = lastOf(frames.raw16);
    auto out = Array<float, 4>::uninitialised(stored.shape());
    std::ranges::copy(stored.span(), out.data());
    return out;
}

} // namespace

FrameTap::FrameTap(const RunInfo& run) : m_run(std::make_shared<const RunInfo>(run.clone())) {}

void FrameTap::look(const FrameBatch& frames, const PolarBatch& images) {
    const std::size_t polar = images.frameCount(), raw = frames.frameCount();
    const auto now = std::chrono::steady_clock::now();
    if ((polar == 0 && raw == 0) || now - m_last < kPeriod)
        return;
    m_last = now;
    auto frame = std::make_shared<BrowsedFrame>();
    frame->run = m_run;
    if (polar > 0) {
        frame->index = images.indexOf(polar - 1);
        frame->polar.firstIndex = frame->index;
        frame->polar.intensity = lastOf(images.intensity);
        frame->polar.mask = lastOf(images.mask);
    } else {
        frame->index = frames.firstIndex + raw - 1;
        frame->raw.firstIndex = frame->index;
        frame->raw.data = valuesOfLast(frames);
        frame->raw.mask = lastOf(frames.mask);
    }
    m_frame = std::move(frame);
}

std::shared_ptr<const BrowsedFrame> FrameTap::take() {
    return std::exchange(m_frame, nullptr);
}

} // namespace fxs
