#include "widgets/export/figure_drawing.h"

#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/theme.h"

#include "widgets/plot/plot_library.h"

#include <QBuffer>
#include <QLayout>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <vector>

namespace fxs::ui {

namespace {

/// The figure as it is to be drawn, for as long as this lives: palette and cursors; then as it was. Nothing is repainted in between,
/// because repaints wait for the event loop.
class Dressed {
public:
    Dressed(QWidget& figure, const DrawingOptions& options)
        : m_figure(figure), m_own(figure.testAttribute(Qt::WA_SetPalette)), m_palette(figure.palette()),
          m_changed(options.light) {
        if (m_changed)
            figure.setPalette(lightPalette());
        if (figure.layout())
            figure.layout()->activate(); // one that was never shown has not been laid out
        QCustomPlot* plot = plotOf(figure);
        for (int i = 0; !options.cursors && i < plot->itemCount(); ++i)
            if (QCPAbstractItem* item = plot->item(i);
                item->objectName() == QLatin1String("cursor") && item->visible()) {
                item->setVisible(false);
                m_hidden.push_back(item);
            }
    }
    ~Dressed() {
        for (QCPAbstractItem* item : m_hidden)
            item->setVisible(true);
        // An inherited palette must go on following the application's.
        if (m_changed)
            m_figure.setPalette(m_own ? m_palette : QPalette());
    }
    Dressed(const Dressed&) = delete;
    Dressed& operator=(const Dressed&) = delete;

private:
    QWidget& m_figure;
    bool m_own;
    QPalette m_palette;
    bool m_changed;
    std::vector<QCPAbstractItem*> m_hidden;
};

constexpr double kMetresAnInch = 0.0254;

} // namespace

QCustomPlot* plotOf(QWidget& figure) {
    if (auto* map = qobject_cast<HeatMap*>(&figure))
        return map->plot();
    if (auto* curves = qobject_cast<CurvePlot*>(&figure))
        return curves->plot();
    return nullptr;
}

Drawing draw(QWidget& figure, const DrawingOptions& options) {
    const Dressed dressed(figure, options);
    QCustomPlot& plot = *plotOf(figure);
    Drawing drawing{.commands = QPicture(), .size = plot.size(), .dotsPerInch = plot.logicalDpiX(), .options = options};
    QCPPainter painter;
    painter.begin(&drawing.commands);
    painter.setMode(QCPPainter::pmNoCaching);
    painter.setMode(QCPPainter::pmNonCosmetic); // lines as thick as on screen, not one pixel of a finer picture
    // A map's cells as they are: blown up to three pixels each, as QCustomPlot does for vectors, they only take longer.
    if (!qobject_cast<HeatMap*>(&figure))
        painter.setMode(QCPPainter::pmVectorized);
    plot.toPainter(&painter, plot.width(), plot.height());
    painter.end();
    return drawing;
}

QImage toImage(const Drawing& drawing) {
    const DrawingOptions& options = drawing.options;
    QImage image(drawing.size * options.scale, QImage::Format_ARGB32_Premultiplied);
    // Letters were laid out for the screen's resolution: the picture has it until they are drawn.
    const auto setDots = [&image](double perInch) {
        image.setDotsPerMeterX(qRound(perInch / kMetresAnInch));
        image.setDotsPerMeterY(qRound(perInch / kMetresAnInch));
    };
    setDots(drawing.dotsPerInch);
    image.fill(Qt::white);
    {
        QPainter painter(&image);
        painter.scale(options.scale, options.scale);
        painter.drawPicture(0, 0, drawing.commands);
    }
    setDots(drawing.dotsPerInch * options.scale);
    image.setText(QStringLiteral("Title"), options.title);
    image.setText(QStringLiteral("Description"), options.description);
    return image;
}

QByteArray toPdf(const Drawing& drawing) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setTitle(drawing.options.title);
    writer.setCreator(QStringLiteral("FXS Workbench"));
    writer.setResolution(drawing.dotsPerInch);
    const QSizeF points = QSizeF(drawing.size) * 72.0 / drawing.dotsPerInch;
    writer.setPageSize(QPageSize(points, QPageSize::Point, QString(), QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    QPainter painter(&writer);
    painter.setRenderHint(QPainter::LosslessImageRendering); // cells have edges, which JPEG blurs
    painter.drawPicture(0, 0, drawing.commands);
    painter.end();
    return bytes;
}

QByteArray toSvg(const Drawing& drawing) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(drawing.dotsPerInch);
    generator.setSize(drawing.size);
    generator.setViewBox(QRect(QPoint(), drawing.size));
    generator.setTitle(drawing.options.title.toHtmlEscaped());
    generator.setDescription(drawing.options.description.toHtmlEscaped());
    QPainter painter(&generator);
    painter.drawPicture(0, 0, drawing.commands);
    painter.end();
    // Cells with edges: browsers smooth pictures that are blown up unless told.
    bytes.replace("<image ", "<image image-rendering=\"pixelated\" ");
    return bytes;
}

} // namespace fxs::ui
