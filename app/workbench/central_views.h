#pragma once

#include "engine/backend/backend.h"

#include <QWidget>

namespace fxs::ui {
class ConvergenceView;
class CoefficientsView;
class CorrelationView;
class DensityView;
class FrameView;
} // namespace fxs::ui

namespace fxs::app {

class FrameTools;
class ReferenceKeeper;
struct SessionDocument;
class ViewArea;
class Workbench;

/// The views of the stages in the middle of the window: makes them, arranges them in a ViewArea, feeds them with what the session holds
/// and passes on what they ask for. One more view, or one more connection of a view with the session, goes here.
/// Threads: GUI thread.
class CentralViews : public QWidget {
    Q_OBJECT

public:
    enum Page { framesPage, correlationPage, coefficientsPage, densityPage };

    explicit CentralViews(Workbench& workbench, QWidget* parent = nullptr);

    ViewArea* area() const { return m_area; }
    ui::FrameView* frames() const { return m_frames; }
    FrameTools* frameTools() const { return m_frameTools; }
    ui::CorrelationView* correlation() const { return m_correlation; }
    ui::CoefficientsView* coefficients() const { return m_coefficients; }
    ui::DensityView* density() const { return m_density; }
    ui::ConvergenceView* convergence() const { return m_convergence; }
    ReferenceKeeper* reference() const { return m_reference; }

    /// What the views show and how, into and out of a session's document.
    void collect(SessionDocument& document) const;
    void restore(const SessionDocument& document);

private:
    void connectRun();
    void connectResults();
    void showResults(Stage stage);

    Workbench& m_workbench;
    ViewArea* m_area;
    ui::FrameView* m_frames;
    FrameTools* m_frameTools;
    ui::CorrelationView* m_correlation;
    ui::CoefficientsView* m_coefficients;
    ui::DensityView* m_density;
    ui::ConvergenceView* m_convergence;
    ReferenceKeeper* m_reference;
};

} // namespace fxs::app
