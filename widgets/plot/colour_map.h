#pragma once

#include <QColor>
#include <QString>

class QCPColorGradient;

namespace fxs::ui {

/// Perceptually uniform colour maps, and one that diverges from zero for signed values.
enum class ColourMap { viridis, magma, cividis, grey, diverging };
inline constexpr int kColourMapCount = 5;

/// How values become colours before the colour map. Logarithmic: what is not positive takes the lowest colour.
enum class ColourScale { linear, logarithmic, squareRoot };
inline constexpr int kColourScaleCount = 3;
QString colourScaleName(ColourScale scale);

QString colourMapName(ColourMap map);
/// The map as QCustomPlot wants it; invalid pixels (NaN) are drawn in nanColour.
QCPColorGradient gradientOf(ColourMap map, const QColor& nanColour);

} // namespace fxs::ui
