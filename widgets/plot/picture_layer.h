#pragma once

#include "widgets/plot/colour_map.h"
#include "widgets/plot/picture.h"

#include "widgets/plot/plot_library.h"

#include <array>
#include <vector>

namespace fxs::ui {

/// Draws a Picture between two axes. It colours the pixels of the screen, not those of the picture: a picture of any size costs what
/// is seen of it (on paper, all cells). Where several pixels of the picture fall on one of the screen, their mean is shown, so that none is lost.
/// Threads: GUI thread. Cost: about 8 ns a screen pixel, and 1 ns a pixel of the picture where it is made smaller; nothing while
/// neither the view nor the picture changes.
class PictureLayer : public QCPAbstractPlottable {
public:
    PictureLayer(QCPAxis* x, QCPAxis* y);

    void setPicture(PicturePtr picture);
    void setGradient(const QCPColorGradient& gradient);
    void setLevels(const Levels& levels, ColourScale scale);
    /// Null: nothing is tinted. Must have the picture's shape.
    void setShade(ShadePtr shade, const QColor& tint);

    /// Outer edges of the picture: {left, right, bottom, top} in the axes' units.
    static std::array<double, 4> edges(const Picture& picture);

    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }
    QCPRange getKeyRange(bool& found, QCP::SignDomain domain) const override;
    QCPRange getValueRange(bool& found, QCP::SignDomain domain, const QCPRange& inKeyRange) const override;

protected:
    void draw(QCPPainter* painter) override;
    void drawLegendIcon(QCPPainter*, const QRectF&) const override {}

private:
    struct Span;
    QRgb colourOf(float value) const;
    QRgb shaded(QRgb colour, double part) const;
    QRgb colourOf(const Span& columns, const Span& rows) const;
    QImage render(const std::vector<Span>& columns, const std::vector<Span>& rows) const;

    PicturePtr m_picture;
    ShadePtr m_shade;
    QColor m_tint;
    Levels m_levels;
    ColourScale m_scale = ColourScale::linear;
    std::vector<QRgb> m_table; ///< the gradient from its low to its high end
    QRgb m_none = 0;

    QImage m_image; ///< what was drawn last, and for what view
    std::array<double, 10> m_view{};
    bool m_stale = true;
};

} // namespace fxs::ui
