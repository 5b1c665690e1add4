#pragma once

#include <QByteArray>
#include <QWidget>
#include <array>
#include <map>

class QSplitter;

namespace fxs::ui {

/// Four panels tiled with movable borders, and where the borders are: the ground plan of views that look at one thing from four sides.
/// Owns:    the panels (Qt's parenthood).
class FourPanels : public QWidget {
    Q_OBJECT

public:
    enum class Arrangement {
        grid, ///< two columns of two
        rows, ///< the upper two over the whole width, one below the other; the lower two side by side
    };

    /// upperPart: how much of the height the upper panels of the grid get at first, leftPart of the width the left ones.
    FourPanels(QWidget* topLeft, QWidget* topRight, QWidget* bottomLeft, QWidget* bottomRight, double leftPart = 0.5,
               double upperPart = 0.58, QWidget* parent = nullptr);

    void setArrangement(Arrangement arrangement);
    Arrangement arrangement() const { return m_arrangement; }

    /// Where the borders are in each arrangement. Restoring what is not such a state changes nothing and is false.
    QByteArray saveState() const;
    bool restoreState(const QByteArray& state);

private:
    using Sizes = std::array<QList<int>, 3>; ///< of the outer splitter and the inner ones
    void build();
    void keepSizes() const;
    void applySizes();
    Sizes firstSizes(Arrangement arrangement) const;

    std::array<QWidget*, 4> m_panels;
    double m_leftPart, m_upperPart;
    Arrangement m_arrangement = Arrangement::grid;
    QSplitter* m_outer = nullptr;
    std::array<QSplitter*, 2> m_inner{};
    mutable std::map<Arrangement, Sizes> m_sizes; ///< of the shown one as it was when last asked
};

} // namespace fxs::ui
