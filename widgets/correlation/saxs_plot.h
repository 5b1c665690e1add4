#pragma once

#include "engine/correlate/c2.h"
#include "engine/correlate/guinier.h"
#include "widgets/background/background.h"

#include <QString>
#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

class QCheckBox;
class QDataStream;
class QDoubleSpinBox;
class QLabel;

namespace fxs::ui {

class CurvePlot;

/// The sums whose mean images are drawn, each with its name.
struct NamedSums {
    QString name;
    std::shared_ptr<const CorrelationSums> sums;
};

/// The mean image's radial curve <I(q)> with its standard errors: as it is, after Guinier (ln I against q², with the fit's radius of
/// gyration and I(0) of the first curve) or Kratky (q² I against q: a compact particle has a peak).
/// Threads: GUI thread; means and fit are background work.
class SaxsPlot : public QWidget {
    Q_OBJECT

public:
    enum Kind { intensity, guinier, kratky };

    explicit SaxsPlot(Background& background, QWidget* parent = nullptr);
    ~SaxsPlot() override;

    void setSums(std::vector<NamedSums> sums);
    void setKind(Kind kind);
    Kind kind() const { return m_kind; }
    /// Ends of the fit, 1/Å; nullopt: chosen.
    void setFitRange(const GuinierRange& range);
    const std::optional<GuinierFit>& fit() const { return m_fit; }
    CurvePlot* plot() const { return m_plot; }

    void saveState(QDataStream& out) const;
    void restoreState(QDataStream& in);

private:
    struct Curves;
    QWidget* makeFitBar();
    QWidget* makeAxisBar();
    void refresh();
    void showCurves(const Curves& curves, Kind kind);
    void showGuinier(const Curves& curves);
    GuinierRange fitRange() const;

    LatestWork m_work;
    CurvePlot* m_plot;
    QWidget *m_fitBar, *m_axisBar;
    QDoubleSpinBox *m_fitFrom, *m_fitTo;
    QCheckBox *m_logX, *m_logY;
    QLabel* m_result;
    std::vector<NamedSums> m_sums;
    Kind m_kind = intensity;
    std::optional<GuinierFit> m_fit;
};

} // namespace fxs::ui
