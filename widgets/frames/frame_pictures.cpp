#include "widgets/frames/frame_pictures.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs::ui {

namespace {

bool hasPolar(const ShownValues& shown) {
    return shown.polar && shown.run && shown.run->polarGrid && shown.values.extent(1) == shown.run->polarGrid->qCount();
}

bool isValid(const ShownValues& shown, std::size_t q, std::size_t phi) {
    return shown.isValid(q * shown.values.extent(2) + phi);
}

/// Both masks in one; either may be missing.
Array<std::uint8_t, 3> united(const std::array<std::size_t, 3>& shape, const std::uint8_t* a, const std::uint8_t* b) {
    if (!a && !b)
        return {};
    auto out = Array<std::uint8_t, 3>::uninitialised(shape);
    for (std::size_t i = 0; i < out.size(); ++i)
        out.data()[i] = (!a || a[i]) && (!b || b[i]);
    return out;
}

template <class Mask>
const std::uint8_t* pixelsOf(const Mask& mask, std::size_t count) {
    return mask.size() >= count && count > 0 ? mask.data() : nullptr;
}

} // namespace

ShownValuesPtr shownValues(const BrowsedFrame& frame) {
    auto shown = std::make_shared<ShownValues>();
    shown->run = frame.run;
    shown->polar = frame.polar.frameCount() > 0;
    const float* from = nullptr;
    std::array<std::size_t, 3> shape{};
    const std::uint8_t *fixed = nullptr, *own = nullptr;
    if (shown->polar) {
        shape = {1, frame.polar.intensity.extent(1), frame.polar.intensity.extent(2)};
        const std::size_t count = shape[1] * shape[2];
        from = frame.polar.intensity.data();
        fixed = frame.run ? pixelsOf(frame.run->polarMask, count) : nullptr;
        own = pixelsOf(frame.polar.mask, count);
    } else if (frame.raw.data.extent(0) > 0) {
        shape = {frame.raw.data.extent(1), frame.raw.data.extent(2), frame.raw.data.extent(3)};
        const std::size_t count = shape[0] * shape[1] * shape[2];
        from = frame.raw.data.data();
        fixed = frame.run ? pixelsOf(frame.run->frameMask, count) : nullptr;
        own = pixelsOf(frame.raw.mask, count);
    } else {
        return nullptr;
    }
    shown->values = Array<float, 3>::uninitialised(shape);
    std::copy_n(from, shown->values.size(), shown->values.data());
    shown->valid = united(shape, fixed, own);
    return shown;
}

ShownValuesPtr shownValues(const RangeStatistics& sums, FrameStatistic statistic) {
    auto shown = std::make_shared<ShownValues>();
    shown->run = sums.run;
    shown->polar = sums.run && sums.run->polarGrid.has_value();
    shown->values = Array<float, 3>::uninitialised(sums.sum.shape());
    shown->valid = Array<std::uint8_t, 3>::uninitialised(sums.sum.shape());
    for (std::size_t i = 0; i < shown->values.size(); ++i) {
        const std::uint32_t n = sums.count.data()[i];
        const double sum = sums.sum.data()[i];
        shown->valid.data()[i] = n > 0;
        shown->values.data()[i] = n == 0                                 ? std::numeric_limits<float>::quiet_NaN()
                                  : statistic == FrameStatistic::maximum ? sums.maximum.data()[i]
                                  : statistic == FrameStatistic::mean    ? static_cast<float>(sum / n)
                                                                         : static_cast<float>(sum);
    }
    return shown;
}

ShownValuesPtr withStep(const ShownValues& stored, const FrameStep& step, const Array<std::uint8_t, 3>& valid) {
    auto shown = std::make_shared<ShownValues>();
    shown->run = stored.run;
    shown->polar = stored.polar;
    shown->values = step.values.clone();
    shown->valid = united(stored.values.shape(), pixelsOf(stored.valid, stored.values.size()),
                          pixelsOf(valid, stored.values.size()));
    return shown;
}

ShownValuesPtr without(ShownValuesPtr shown, const Array<std::uint8_t, 3>& mask) {
    if (!shown || mask.shape() != shown->values.shape())
        return shown;
    auto out = std::make_shared<ShownValues>();
    out->run = shown->run;
    out->polar = shown->polar;
    out->values = shown->values.clone();
    out->valid = united(mask.shape(), pixelsOf(shown->valid, mask.size()), mask.data());
    return out;
}

PicturePtr polarPicture(const ShownValues& frame) {
    if (!hasPolar(frame))
        return nullptr;
    const std::vector<double>& q = frame.run->polarGrid->q;
    const std::size_t phiCount = frame.values.extent(2);
    auto picture = std::make_shared<Picture>(phiCount, q.size());
    picture->xFirst = 0;
    picture->xLast = 360.0 * static_cast<double>(phiCount - 1) / static_cast<double>(phiCount);
    picture->yFirst = q.front();
    picture->yLast = q.back();
    for (std::size_t i = 0; i < q.size(); ++i)
        for (std::size_t k = 0; k < phiCount; ++k)
            if (isValid(frame, i, k))
                picture->at(k, i) = frame.values(0, i, k);
    return picture;
}

PicturePtr diskPicture(const ShownValues& frame, std::size_t size) {
    if (!hasPolar(frame) || frame.run->polarGrid->qCount() < 2)
        return nullptr;
    const std::vector<double>& q = frame.run->polarGrid->q;
    const std::size_t phiCount = frame.values.extent(2);
    const double step = q[1] - q[0], edge = q.back() + 0.5 * step;
    auto picture = std::make_shared<Picture>(size, size);
    const double pixel = 2 * edge / static_cast<double>(size);
    picture->xFirst = picture->yFirst = -edge + 0.5 * pixel;
    picture->xLast = picture->yLast = edge - 0.5 * pixel;
    for (std::size_t row = 0; row < size; ++row)
        for (std::size_t column = 0; column < size; ++column) {
            const double x = picture->xFirst + static_cast<double>(column) * pixel;
            const double y = picture->yFirst + static_cast<double>(row) * pixel;
            const double radius = std::hypot(x, y);
            if (radius < q.front() - 0.5 * step || radius >= edge)
                continue;
            const auto above = std::lower_bound(q.begin(), q.end(), radius);
            auto i = static_cast<std::size_t>(
                std::min<std::ptrdiff_t>(above - q.begin(), static_cast<std::ptrdiff_t>(q.size()) - 1));
            if (i > 0 && radius - q[i - 1] < q[i] - radius)
                --i;
            const double turn = std::atan2(y, x) / (2 * std::numbers::pi);
            const auto k =
                static_cast<std::size_t>(std::lround((turn < 0 ? turn + 1 : turn) * static_cast<double>(phiCount))) %
                phiCount;
            if (isValid(frame, i, k))
                picture->at(column, row) = frame.values(0, i, k);
        }
    return picture;
}

PicturePtr detectorPicture(const ShownValues& shown, const Assembly& assembly) {
    if (shown.polar || shown.values.shape() != assembly.frameShape())
        return nullptr;
    auto picture = std::make_shared<Picture>();
    picture->columns = assembly.columns();
    picture->rows = assembly.rows();
    picture->xFirst = assembly.xFirst();
    picture->xLast = assembly.xLast();
    picture->yFirst = assembly.yFirst();
    picture->yLast = assembly.yLast();
    const Array<float, 2> values = assembly.assemble(shown.values, {});
    picture->values.assign(values.data(), values.data() + values.size());
    return picture;
}

ShadePtr detectorShade(const ShownValues& shown, const Assembly& assembly, const Array<std::uint8_t, 3>& drawn) {
    if (shown.valid.empty() || shown.valid.shape() != assembly.frameShape())
        return nullptr;
    const auto pixels = assembly.pixels().span();
    auto shade = std::make_shared<std::vector<std::uint8_t>>(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i)
        if (pixels[i] >= 0 && shown.valid.data()[pixels[i]] == 0)
            (*shade)[i] = !drawn.empty() && drawn.data()[pixels[i]] == 0 ? kLeftOut : kTinted;
    return shade;
}

} // namespace fxs::ui
