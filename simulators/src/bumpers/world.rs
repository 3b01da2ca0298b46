//! How balls fly: under gravity, off bumpers and walls, down to the floor.

/// Size of the box, m.
pub(super) const WIDTH: f64 = 10.0;
pub(super) const HEIGHT: f64 = 10.0;
/// Radius of a bumper and a ball together, m.
pub(super) const RADIUS: f64 = 0.5;
/// The bin on the floor, m.
const BIN: [f64; 2] = [7.0, 9.0];
/// m/s².
const GRAVITY: f64 = 9.81;
/// A step of the flight, s: a ball of the highest speed, 14 m/s, flies a seventh of a bumper's width in it.
const STEP: f64 = 0.01;
/// A ball that meets a bumper more slowly, m/s, does not bounce but slides off.
const SLOWEST: f64 = 0.5;
/// A ball that is caught between bumpers is not waited for longer: half a minute.
const MOST_STEPS: u32 = 3_000;

/// Place where a ball lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landing {
    Left,
    Bin,
    Right,
}

impl Landing {
    /// Number of places.
    pub const KINDS: usize = 3;

    fn at(x: f64) -> Self {
        match x {
            x if x < BIN[0] => Self::Left,
            x if x < BIN[1] => Self::Bin,
            _ => Self::Right,
        }
    }
}

/// End of a flight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// A bumper, whose surface has this unit vector out of it.
    Bumper([f64; 2]),
    /// The floor; a ball that is caught counts where it is.
    Floor(Landing),
}

/// A ball, m and m/s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ball {
    place: [f64; 2],
    velocity: [f64; 2],
    steps: u32,
}

impl Ball {
    /// In the middle of the top, with a speed to the right.
    pub fn let_go(sideways: f64) -> Self {
        Self {
            place: [0.5 * WIDTH, HEIGHT],
            velocity: [sideways, 0.0],
            steps: 0,
        }
    }

    /// Time in the air, s.
    pub fn duration(&self) -> f64 {
        STEP * f64::from(self.steps)
    }

    /// Turns the speed towards a surface round and keeps the share `restitution` of it.
    pub fn bounce(&mut self, normal: [f64; 2], restitution: f64) {
        let change = (1.0 + restitution.max(0.0)) * dot(self.velocity, normal);
        self.velocity[0] -= change * normal[0];
        self.velocity[1] -= change * normal[1];
    }

    /// The direction out of a bumper that it has got into.
    fn touches(&self, bumper: [f64; 2]) -> Option<[f64; 2]> {
        let out = [self.place[0] - bumper[0], self.place[1] - bumper[1]];
        let square = dot(out, out);
        (square < RADIUS * RADIUS && square > 0.0).then(|| out.map(|component| component / square.sqrt()))
    }

    fn step(&mut self) {
        self.steps += 1;
        self.velocity[1] -= GRAVITY * STEP;
        self.place[0] += self.velocity[0] * STEP;
        self.place[1] += self.velocity[1] * STEP;
        if !(0.0..=WIDTH).contains(&self.place[0]) {
            let wall = if self.place[0] < 0.0 { 0.0 } else { WIDTH };
            self.place[0] = (2.0 * wall - self.place[0]).clamp(0.0, WIDTH);
            self.velocity[0] = -self.velocity[0];
        }
    }
}

/// A box with bumpers.
#[derive(Debug, Clone)]
pub(super) struct World {
    bumpers: Vec<[f64; 2]>,
}

impl World {
    /// With bumpers at these places, m.
    pub fn new(bumpers: Vec<[f64; 2]>) -> Self {
        Self { bumpers }
    }

    /// Lets a ball fly until something happens to it. A ball that has got into a bumper in a step is put back on its surface.
    pub fn fly(&self, ball: &mut Ball) -> End {
        while ball.steps < MOST_STEPS && ball.place[1] > 0.0 {
            ball.step();
            for &bumper in &self.bumpers {
                let Some(normal) = ball.touches(bumper) else { continue };
                ball.place = [0, 1].map(|i| bumper[i] + RADIUS * normal[i]);
                let towards = -dot(ball.velocity, normal);
                if towards >= SLOWEST {
                    return End::Bumper(normal);
                }
                if towards > 0.0 {
                    ball.bounce(normal, 0.0);
                }
            }
        }
        End::Floor(Landing::at(ball.place[0]))
    }
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landing(world: &World, mut ball: Ball, restitution: f64) -> (Landing, Ball) {
        loop {
            match world.fly(&mut ball) {
                End::Bumper(normal) => ball.bounce(normal, restitution),
                End::Floor(landing) => return (landing, ball),
            }
        }
    }

    #[test] // free fall: x = 5 m + u √(2·10 m/g), the speed is √(2·10 m·g)
    fn a_ball_falls_freely_in_an_empty_box() {
        let duration = (2.0 * HEIGHT / GRAVITY).sqrt();
        let (kind, ball) = landing(&World::new(vec![]), Ball::let_go(2.0), 0.6);
        assert_eq!(kind, Landing::Bin);
        assert!((ball.place[0] - (5.0 + 2.0 * duration)).abs() <= 2.0 * 2.0 * STEP);
        assert!((ball.velocity[1] + GRAVITY * duration).abs() <= 2.0 * GRAVITY * STEP);
    }

    #[test] // a wall is a mirror: 5 m + u T − 10 m beyond it
    fn walls_are_mirrors() {
        let duration = (2.0 * HEIGHT / GRAVITY).sqrt();
        let (_, ball) = landing(&World::new(vec![]), Ball::let_go(4.0), 0.6);
        assert!((ball.place[0] - (15.0 - 4.0 * duration)).abs() <= 2.0 * 4.0 * STEP);
        assert_eq!(ball.velocity[0], -4.0);
    }

    #[test] // closed form: with normal n, v' = v − (1 + e)(v·n) n
    fn bounces_keep_the_tangential_speed() {
        let mut ball = Ball::let_go(3.0);
        ball.velocity[1] = -4.0;
        let normal = [0.6, 0.8];
        ball.bounce(normal, 0.5);
        let tangent = [0.8, -0.6];
        assert!((dot(ball.velocity, normal) - 0.5 * 1.4).abs() < 1e-12);
        assert!((dot(ball.velocity, tangent) - dot([3.0, -4.0], tangent)).abs() < 1e-12);
    }

    #[test]
    fn a_caught_ball_counts_where_it_is() {
        let pit = World::new(vec![[4.6, 2.0], [5.4, 2.0]]);
        let (kind, ball) = landing(&pit, Ball::let_go(0.0), 0.1);
        assert_eq!((kind, ball.steps), (Landing::Left, MOST_STEPS));
        assert!(ball.place[1] > 1.9);
    }
}
