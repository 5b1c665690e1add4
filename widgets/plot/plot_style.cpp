#include "widgets/plot/plot_style.h"

#include "widgets/plot/plot_library.h"

#include <cmath>

namespace fxs::ui {

void applyAxisStyle(QCPAxis& axis, const Theme& theme, const QFont& font) {
    QFont tickFont = font;
    tickFont.setPointSizeF(font.pointSizeF() * 0.9);
    axis.setBasePen(QPen(theme.line, 1));
    axis.setTickPen(QPen(theme.line, 1));
    axis.setSubTickPen(QPen(theme.line, 1));
    axis.setTickLength(0, 4);
    axis.setSubTickLength(0, 2);
    axis.setTickLabelColor(theme.muted);
    axis.setTickLabelFont(tickFont);
    axis.setLabelColor(theme.text);
    axis.setLabelFont(font);
    axis.setLabelPadding(3);
    axis.setTickLabelPadding(5);
    const bool log = axis.scaleType() == QCPAxis::stLogarithmic;
    axis.setNumberFormat(log ? QStringLiteral("eb") : QStringLiteral("gb"));
    axis.setNumberPrecision(log ? 0 : 5); // 5: iterations and frames as whole numbers
    axis.grid()->setPen(QPen(theme.grid, 1, Qt::SolidLine));
    axis.grid()->setZeroLinePen(QPen(theme.line, 1));
    axis.grid()->setSubGridVisible(false);
}

void applyPlotStyle(QCustomPlot& plot, const Theme& theme, const QFont& font) {
    plot.setBackground(QBrush(theme.canvas));
    plot.setNotAntialiasedElements(QCP::aeAxes | QCP::aeGrid);
    plot.setAntialiasedElements(QCP::aePlottables | QCP::aeItems);
    for (QCPAxisRect* rect : plot.axisRects()) {
        rect->setBackground(QBrush(theme.canvas));
        for (QCPAxis* axis : rect->axes())
            applyAxisStyle(*axis, theme, font);
    }
    if (plot.legend) {
        QColor behind = theme.canvas;
        behind.setAlpha(215);
        QFont small = font;
        small.setPointSizeF(font.pointSizeF() * 0.9);
        plot.legend->setBrush(behind);
        plot.legend->setBorderPen(Qt::NoPen);
        plot.legend->setTextColor(theme.text);
        plot.legend->setFont(small);
        plot.legend->setIconSize(18, 10);
        plot.legend->setRowSpacing(0);
    }
}

QString axisLabel(const QString& quantity, const QString& unit) {
    return unit.isEmpty() ? quantity : QStringLiteral("%1  [%2]").arg(quantity, unit);
}

QString shortNumber(double value, int digits) {
    if (!std::isfinite(value))
        return QStringLiteral("–");
    const double size = std::abs(value);
    if (size != 0 && (size >= 1e5 || size < 1e-3)) {
        const int exponent = static_cast<int>(std::floor(std::log10(size)));
        static const QString digitsUp = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
        QString power;
        for (const QChar c : QString::number(std::abs(exponent)))
            power += digitsUp[c.digitValue()];
        const QString mantissa = QString::number(value / std::pow(10.0, exponent), 'f', qMax(0, digits - 2));
        return QStringLiteral("%1×10%2%3").arg(mantissa, exponent < 0 ? QStringLiteral("⁻") : QString(), power);
    }
    return QString::number(value, 'g', digits);
}

} // namespace fxs::ui
