package org.kodanik.check

import kotlin.system.exitProcess
import org.junit.internal.TextListener
import org.junit.runner.Description
import org.junit.runner.JUnitCore
import org.junit.runner.notification.RunListener

/** Runs test classes by name; the last line is for people and for CI. */
fun main(classes: Array<String>) {
    val core = JUnitCore()
    core.addListener(object : TextListener(System.out) {
        override fun testRunFinished(result: org.junit.runner.Result) = printFailures(result)
    })
    core.addListener(object : RunListener() {
        private var began = 0L

        override fun testStarted(description: Description) {
            began = System.nanoTime()
        }

        override fun testFinished(description: Description) {
            val seconds = (System.nanoTime() - began) / 1e9
            println(" %5.1f s  %s.%s".format(seconds, description.testClass.simpleName, description.methodName))
        }
    })
    val result = core.run(*classes.map { Class.forName(it) }.toTypedArray())
    println("${result.runCount - result.failureCount} passed, ${result.failureCount} failed")
    exitProcess(if (result.wasSuccessful() && result.runCount > 0) 0 else 1)
}
