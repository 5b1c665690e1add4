#include "widgets/frames/frame_pictures.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs::ui {

namespace {

bool hasPolar(const BrowsedFrame& frame) {
    return frame.run && frame.run->polarGrid && frame.polar.frameCount() > 0 &&
           frame.polar.intensity.extent(1) == frame.run->polarGrid->qCount();
}

bool isValid(const BrowsedFrame& frame, std::size_t q, std::size_t phi) {
    const Array<std::uint8_t, 2>& fixed = frame.run->polarMask;
    if (!fixed.empty() && !fixed(q, phi))
        return false;
    return frame.polar.mask.empty() || frame.polar.mask(0, q, phi);
}

} // namespace

PicturePtr polarPicture(const BrowsedFrame& frame) {
    if (!hasPolar(frame))
        return nullptr;
    const std::vector<double>& q = frame.run->polarGrid->q;
    const std::size_t phiCount = frame.polar.intensity.extent(2);
    auto picture = std::make_shared<Picture>(phiCount, q.size());
    picture->xFirst = 0;
    picture->xLast = 360.0 * static_cast<double>(phiCount - 1) / static_cast<double>(phiCount);
    picture->yFirst = q.front();
    picture->yLast = q.back();
    for (std::size_t i = 0; i < q.size(); ++i)
        for (std::size_t k = 0; k < phiCount; ++k)
            if (isValid(frame, i, k))
                picture->at(k, i) = frame.polar.intensity(0, i, k);
    return picture;
}

PicturePtr diskPicture(const BrowsedFrame& frame, std::size_t size) {
    if (!hasPolar(frame) || frame.run->polarGrid->qCount() < 2)
        return nullptr;
    const std::vector<double>& q = frame.run->polarGrid->q;
    const std::size_t phiCount = frame.polar.intensity.extent(2);
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
                picture->at(column, row) = frame.polar.intensity(0, i, k);
        }
    return picture;
}

PicturePtr detectorPicture(const BrowsedFrame& frame) {
    if (frame.raw.frameCount() == 0)
        return nullptr;
    const Array<float, 4>& data = frame.raw.data;
    const std::size_t panels = data.extent(1), slow = data.extent(2), fast = data.extent(3);
    auto picture = std::make_shared<Picture>(fast, panels * slow);
    picture->xLast = static_cast<double>(fast) - 1;
    picture->yLast = static_cast<double>(panels * slow) - 1;
    const bool fixed = frame.run && !frame.run->frameMask.empty();
    for (std::size_t p = 0; p < panels; ++p)
        for (std::size_t s = 0; s < slow; ++s)
            for (std::size_t f = 0; f < fast; ++f) {
                if (fixed && !frame.run->frameMask(p, s, f))
                    continue;
                if (!frame.raw.mask.empty() && !frame.raw.mask(0, p, s, f))
                    continue;
                picture->at(f, p * slow + s) = data(0, p, s, f);
            }
    return picture;
}

} // namespace fxs::ui
