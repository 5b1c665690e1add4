#pragma once

#include <QString>

class QDialog;
class QWidget;

namespace fxs::app {

/// A window beside the main one that shows a text as it is (a command line, a batch script), to read and to copy. It blocks nothing
/// and goes when it is closed.
QDialog* showScriptWindow(QWidget* parent, const QString& title, const QString& text);

} // namespace fxs::app
