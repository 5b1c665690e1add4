#include "widgets/plot/picture_layer.h"

#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

constexpr std::size_t kColours = 1024;

double stepOf(double first, double last, std::size_t n) {
    return n > 1 ? (last - first) / static_cast<double>(n - 1) : 1.0;
}

} // namespace

/// The picture's columns (or rows) that fall on one of the screen: [first, end), empty where there are none.
struct PictureLayer::Span {
    std::size_t first = 0, end = 0;
};

PictureLayer::PictureLayer(QCPAxis* x, QCPAxis* y) : QCPAbstractPlottable(x, y), m_table(kColours, 0) {}

void PictureLayer::setPicture(PicturePtr picture) {
    m_picture = std::move(picture);
    m_stale = true;
}

void PictureLayer::setGradient(const QCPColorGradient& gradient) {
    QCPColorGradient copy = gradient;
    for (std::size_t i = 0; i < kColours; ++i)
        m_table[i] = copy.color(static_cast<double>(i), QCPRange(0, kColours - 1));
    m_none = gradient.nanColor().rgba();
    m_stale = true;
}

void PictureLayer::setLevels(const Levels& levels, ColourScale scale) {
    m_levels = levels;
    m_scale = scale;
    m_stale = true;
}

void PictureLayer::setShade(ShadePtr shade, const QColor& tint) {
    m_shade = std::move(shade);
    m_tint = tint;
    m_stale = true;
}

std::array<double, 4> PictureLayer::edges(const Picture& p) {
    const double dx = 0.5 * stepOf(p.xFirst, p.xLast, p.columns), dy = 0.5 * stepOf(p.yFirst, p.yLast, p.rows);
    return {p.xFirst - dx, p.xLast + dx, p.yFirst - dy, p.yLast + dy};
}

QCPRange PictureLayer::getKeyRange(bool& found, QCP::SignDomain) const {
    found = m_picture && !m_picture->values.empty();
    if (!found)
        return {};
    const auto e = edges(*m_picture);
    return {e[0], e[1]};
}

QCPRange PictureLayer::getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const {
    found = m_picture && !m_picture->values.empty();
    if (!found)
        return {};
    const auto e = edges(*m_picture);
    return {e[2], e[3]};
}

QRgb PictureLayer::colourOf(float value) const {
    if (std::isnan(value))
        return m_none;
    const double low = m_levels.low, high = m_levels.high;
    double part = 0;
    switch (m_scale) {
    case ColourScale::linear:
        part = (static_cast<double>(value) - low) / (high - low);
        break;
    case ColourScale::logarithmic:
        part = value > 0 ? std::log(value / static_cast<float>(low)) / std::log(high / low) : 0;
        break;
    case ColourScale::squareRoot: {
        const auto root = [](double v) { return v < 0 ? -std::sqrt(-v) : std::sqrt(v); };
        part = (root(static_cast<double>(value)) - root(low)) / (root(high) - root(low));
        break;
    }
    }
    const double index = std::clamp(part, 0.0, 1.0) * (kColours - 1) + 0.5;
    return m_table[index >= 0 ? static_cast<std::size_t>(index) : 0];
}

QRgb PictureLayer::shaded(QRgb colour, double part) const {
    const double a = part * m_tint.alphaF();
    const auto mix = [a](int below, int above) { return static_cast<int>(std::lround(below + a * (above - below))); };
    return qRgb(mix(qRed(colour), m_tint.red()), mix(qGreen(colour), m_tint.green()),
                mix(qBlue(colour), m_tint.blue()));
}

QRgb PictureLayer::colourOf(const Span& columns, const Span& rows) const {
    const Picture& p = *m_picture;
    if (columns.end - columns.first == 1 && rows.end - rows.first == 1) {
        const std::size_t i = rows.first * p.columns + columns.first;
        const QRgb colour = colourOf(p.values[i]);
        return m_shade && (*m_shade)[i] == kTinted ? shaded(colour, 1) : colour;
    }
    double sum = 0;
    std::size_t valid = 0, tinted = 0;
    for (std::size_t row = rows.first; row < rows.end; ++row) {
        const float* line = p.values.data() + row * p.columns;
        const std::uint8_t* flags = m_shade ? m_shade->data() + row * p.columns : nullptr;
        for (std::size_t column = columns.first; column < columns.end; ++column) {
            tinted += flags && flags[column] == kTinted;
            if (const float v = line[column]; !std::isnan(v)) {
                sum += static_cast<double>(v);
                ++valid;
            }
        }
    }
    const QRgb colour = valid == 0 ? m_none : colourOf(static_cast<float>(sum / static_cast<double>(valid)));
    const std::size_t all = (columns.end - columns.first) * (rows.end - rows.first);
    return tinted == 0 ? colour : shaded(colour, static_cast<double>(tinted) / static_cast<double>(all));
}

QImage PictureLayer::render(const std::vector<Span>& columns, const std::vector<Span>& rows) const {
    QImage image(static_cast<int>(columns.size()), static_cast<int>(rows.size()), QImage::Format_RGB32);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(static_cast<int>(row)));
        // Magnified, many rows of the screen are one of the picture.
        if (row > 0 && rows[row].first == rows[row - 1].first && rows[row].end == rows[row - 1].end) {
            std::copy_n(reinterpret_cast<const QRgb*>(image.constScanLine(static_cast<int>(row) - 1)), columns.size(),
                        line);
            continue;
        }
        for (std::size_t column = 0; column < columns.size(); ++column) {
            const bool same = column > 0 && columns[column].first == columns[column - 1].first &&
                              columns[column].end == columns[column - 1].end;
            line[column] = same ? line[column - 1] : colourOf(columns[column], rows[row]);
        }
    }
    return image;
}

void PictureLayer::draw(QCPPainter* painter) {
    if (!m_picture || m_picture->values.empty() || !mKeyAxis || !mValueAxis)
        return;
    const Picture& p = *m_picture;
    const auto e = edges(p);
    const QRectF whole = QRectF(QPointF(mKeyAxis->coordToPixel(e[0]), mValueAxis->coordToPixel(e[3])),
                                QPointF(mKeyAxis->coordToPixel(e[1]), mValueAxis->coordToPixel(e[2])));
    // Axes may run backwards; edges are then the other way round.
    const QRect seen = whole.normalized().toAlignedRect() & mKeyAxis->axisRect()->rect();
    if (seen.isEmpty())
        return;
    painter->save();
    painter->setRenderHint(QPainter::SmoothPixmapTransform, false);
    if (painter->modes().testFlag(QCPPainter::pmNoCaching)) {
        // On paper, which is enlarged without limit, the cells themselves.
        const auto cells = [](std::size_t count, bool backwards) {
            std::vector<Span> out(count);
            for (std::size_t i = 0; i < count; ++i)
                out[backwards ? count - 1 - i : i] = {i, i + 1};
            return out;
        };
        painter->drawImage(whole.normalized(),
                           render(cells(p.columns, whole.width() < 0), cells(p.rows, whole.height() > 0)));
        painter->restore();
        return;
    }
    const double ratio = painter->device()->devicePixelRatioF();
    const int width = std::max(1, static_cast<int>(std::lround(seen.width() * ratio))),
              height = std::max(1, static_cast<int>(std::lround(seen.height() * ratio)));
    const std::array<double, 10> view{e[0],
                                      e[1],
                                      e[2],
                                      e[3],
                                      whole.left(),
                                      whole.right(),
                                      whole.top(),
                                      whole.bottom(),
                                      static_cast<double>(width) * 65536 + height,
                                      seen.x() * 65536.0 + seen.y()};
    if (m_stale || view != m_view) {
        // Of the dots from `start` on, each covers `ratio` parts of a length that shows `count` cells from `low` to `high`.
        const auto spans = [ratio](int dots, double start, double low, double high, std::size_t count) {
            std::vector<Span> out(static_cast<std::size_t>(dots));
            const double perDot = static_cast<double>(count) / (high - low) / ratio;
            const auto limit = static_cast<double>(count - 1);
            for (int i = 0; i < dots; ++i) {
                double from = (start - low) * static_cast<double>(count) / (high - low) + i * perDot,
                       to = from + perDot;
                if (from > to)
                    std::swap(from, to);
                // A dot narrower than a cell shows the cell under its middle; a wider one all whose middle it covers.
                const bool many = to - from > 1;
                const double first = std::clamp(many ? std::ceil(from - 0.5) : std::floor((from + to) / 2), 0.0, limit);
                const double last = many ? std::clamp(std::ceil(to - 0.5) - 1, first, limit) : first;
                out[static_cast<std::size_t>(i)] = {static_cast<std::size_t>(first),
                                                    static_cast<std::size_t>(last) + 1};
            }
            return out;
        };
        m_image = render(spans(width, seen.x(), whole.left(), whole.right(), p.columns),
                         spans(height, seen.y(), whole.bottom(), whole.top(), p.rows));
        m_view = view;
        m_stale = false;
    }
    painter->drawImage(QRectF(seen), m_image, QRectF(m_image.rect()));
    painter->restore();
}

} // namespace fxs::ui
